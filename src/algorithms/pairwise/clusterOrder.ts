import { countPairs, earlierInRange } from '../../kernels/pairs.ts';

/** All rows in rank order. */
export interface RankedRows {
  readonly order: Int32Array;
  /**
   * Number of exempt rows, which come first: they are never duplicates, and are not compared with each other.
   * Default: 0.
   */
  readonly exemptCount?: number;
  /** Number of exempt rows from another relation; they come first. Default: 0. */
  readonly earlier?: number;
}

/** Ranked rows, without those of the first `rows` that are in none of the lists. */
export function rankedAmong(
  { order, exemptCount = 0, earlier = 0 }: RankedRows,
  rows: number,
  ...lists: readonly Int32Array[]
): RankedRows {
  const isAmong = new Uint8Array(order.length).fill(1, rows);
  for (const list of lists) for (const row of list) isAmong[row] = 1;
  const wanted = (row: number): boolean => isAmong[row] === 1;
  const count = (end: number): number => order.subarray(0, end).filter(wanted).length;
  return { order: order.filter(wanted), exemptCount: count(exemptCount), earlier: count(earlier) };
}

/** The clusters in which each row is compared. */
export interface Memberships {
  /**
   * The clusters of row r are entries `offsets[r]` to `offsets[r + 1]` (exclusive), its own cluster first.
   */
  readonly cluster: Int32Array;
  /** Undefined when each row is only in its own cluster. */
  readonly offsets?: Uint32Array;
}

/** Rows grouped by cluster, in rank order: cluster c is `rows[offsets[c]]` to `rows[offsets[c + 1] − 1]`. */
export interface ClusterOrder {
  readonly rows: Int32Array;
  readonly offsets: Float64Array;
  /** By row, its place in the order of all rows. Defined when rows can be in several clusters. */
  readonly places?: Int32Array;
}

/** Rows that are compared with the rows before them in their clusters. */
export interface ComparedRows extends ClusterOrder {
  /** The exempt rows of the same clusters. They rank before all of these. Undefined when there are none. */
  readonly exempt?: ClusterOrder;
}

/** Orders rows by cluster (0 … `clusters` − 1), separately for exempt rows. */
export function comparedRows(
  memberships: Memberships,
  clusters: number,
  { order, exemptCount = 0 }: RankedRows,
): ComparedRows {
  if (exemptCount === 0) return clusterOrder(memberships, clusters, order);
  return {
    ...clusterOrder(memberships, clusters, order.subarray(exemptCount)),
    exempt: clusterOrder(memberships, clusters, order.subarray(0, exemptCount)),
    ...(memberships.offsets ? { places: placesIn(order) } : {}),
  };
}

/** Some rows of each cluster, and some of the exempt rows. */
export interface ComparedMembers extends Members {
  readonly exempt?: Members;
}

/** Number of compared pairs. */
export const countCompared = ({ offsets, exempt }: ComparedMembers): number =>
  countPairs(earlierInRange(offsets)) +
  (exempt ? countPairs({ queries: offsets, targets: exempt.offsets, earlier: false }) : 0);

/** By row, its place in an order; 0 for rows that are not in it. */
export function placesIn(order: Int32Array, rows = order.length): Int32Array {
  const places = new Int32Array(rows);
  for (let place = 0; place < order.length; place++) places[order[place]] = place;
  return places;
}

/** The rows of one list, then those of another. */
export function concatRows(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** Orders rows by cluster (0 … `clusters` − 1). Within a cluster, rows keep the order of `order`. */
export function clusterOrder(
  { cluster, offsets: first }: Memberships,
  clusters: number,
  order: Int32Array,
): ClusterOrder {
  const offsets = new Float64Array(clusters + 1);
  for (const row of order) {
    if (!first) offsets[cluster[row] + 1]++;
    else for (let i = first[row]; i < first[row + 1]; i++) offsets[cluster[i] + 1]++;
  }
  for (let c = 0; c < clusters; c++) offsets[c + 1] += offsets[c];
  const rows = new Int32Array(offsets[clusters]);
  const next = offsets.slice();
  if (!first) {
    for (const row of order) rows[next[cluster[row]]++] = row;
    return { rows, offsets };
  }
  for (const row of order) {
    for (let i = first[row]; i < first[row + 1]; i++) rows[next[cluster[i]]++] = row;
  }
  return { rows, offsets, places: placesIn(order, first.length - 1) };
}

/** Rows grouped by cluster. */
export type Members = Pick<ClusterOrder, 'rows' | 'offsets'>;

/** The rows of each cluster for which `isWanted` is true. */
export function rowsWhere({ rows, offsets }: Members, isWanted: (row: number) => boolean): Members {
  const wanted = new Int32Array(rows.length);
  const starts = new Float64Array(offsets.length);
  let count = 0;
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let i = offsets[c]; i < offsets[c + 1]; i++) if (isWanted(rows[i])) wanted[count++] = rows[i];
    starts[c + 1] = count;
  }
  return { rows: wanted.slice(0, count), offsets: starts };
}

/** The same for compared rows, including the exempt ones. */
export const comparedWhere = (
  { exempt, ...others }: ComparedRows,
  isWanted: (row: number) => boolean,
): ComparedMembers => ({
  ...rowsWhere(others, isWanted),
  ...(exempt ? { exempt: rowsWhere(exempt, isWanted) } : {}),
});
