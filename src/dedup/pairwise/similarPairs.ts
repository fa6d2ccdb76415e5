import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';
import { placesIn, rowsWhere, type ClusterOrder } from './clusterOrder.ts';
import { equalRows, type EqualRows } from './equalRows.ts';

/** Pairs of rows that are similar enough, each once. */
export interface SimilarPairs {
  readonly row: Int32Array;
  /** The one ranked before. */
  readonly other: Int32Array;
  /** Cosine, at most 1; exactly 1 for equal rows. */
  readonly score: Float32Array;
  /** Pairs from this number on are of a row with the first one that has the same bytes; their number where copies are pairs like others. */
  readonly firstCopy: number;
}

/** The rows to compare. */
export interface Compared {
  readonly clusters: ClusterOrder;
  /** All rows, first-ranked first. */
  readonly order: Int32Array;
}

/** Which pairs are wanted. */
export interface WantedPairs {
  /** The least cosine. */
  readonly score: number;
  /** More pairs than that are an error. */
  readonly limit: number;
  /** False: of rows with the same bytes only the first has pairs, and each other one a pair with it. */
  readonly copies: boolean;
}

/**
 * Every pair of rows of a cluster with a cosine of at least `score`. Rows with the same bytes are compared with others once, and
 * are similar to each other by definition.
 * @throws TooManyPairs for more than `limit` of them, with their exact number; where clusters overlap, a pair may count once per
 * cluster that has both rows.
 */
export async function similarPairs(
  store: RowStore,
  compared: Compared,
  { score, limit, copies }: WantedPairs,
  options: StepOptions,
): Promise<SimilarPairs> {
  const { clusters, order } = compared;
  const equal = equalRows(store, order);
  const isFirst = new Uint8Array(order.length);
  for (const row of equal.firsts) isFirst[row] = 1;
  const firsts = rowsWhere(clusters, (row) => isFirst[row] === 1);
  // A pair is found in each cluster that has both rows.
  const most = limit * mostClusters(clusters, order.length);
  let above: Above;
  try {
    above = await searchAbove(store, firsts, score, most, options);
  } catch (error) {
    if (!(error instanceof TooManyPairs) || equal.copies.size === 0 || !copies || clusters.places)
      throw error;
    throw new TooManyPairs(await countAll(store, compared, equal, score, options), limit);
  }
  const found = pairsOf(firsts.rows, above, clusters.places ? order.length : 0);
  const kinds = new Map(Array.from(equal.copies, ([place, rows]) => [equal.firsts[place], rows]));
  const count = copies ? countExpanded(found, kinds) : found.row.length + order.length - equal.firsts.length;
  if (count > limit) throw new TooManyPairs(count, limit);
  return copies ? expand(found, kinds, placesIn(order), count) : withFirsts(found, kinds, count);
}

/** Clusters that a row is in at most. */
function mostClusters({ rows, places }: ClusterOrder, count: number): number {
  if (!places) return 1;
  const clusters = new Int32Array(count);
  let most = 1;
  for (const row of rows) most = Math.max(most, ++clusters[row]);
  return most;
}

type Found = Pick<SimilarPairs, 'row' | 'other' | 'score'>;

/** The pairs of a search among `rows`; each once where `overlapping`, the number of all rows, is not 0. */
function pairsOf(rows: Int32Array, { offsets, index, score }: Above, overlapping: number): Found {
  const found = {
    row: new Int32Array(index.length),
    other: index.map((i) => rows[i]),
    score: score.map((s) => Math.min(1, s)),
  };
  for (let query = 0; query < rows.length; query++)
    found.row.fill(rows[query], offsets[query], offsets[query + 1]);
  return overlapping > 0 ? eachOnce(found, overlapping) : found;
}

function eachOnce({ row, other, score }: Found, rows: number): Found {
  const starts = new Float64Array(rows + 1);
  for (const r of row) starts[r + 1]++;
  for (let r = 0; r < rows; r++) starts[r + 1] += starts[r];
  const sorted = new Int32Array(row.length);
  row.forEach((r, i) => (sorted[starts[r]++] = i));
  // By row, the one it was seen in a pair with last.
  const seen = new Int32Array(rows).fill(-1);
  const kept = sorted.filter((i) => seen[other[i]] !== row[i] && (seen[other[i]] = row[i]) >= 0);
  return {
    row: kept.map((i) => row[i]),
    other: kept.map((i) => other[i]),
    score: Float32Array.from(kept, (i) => score[i]),
  };
}

async function searchAbove(
  store: RowStore,
  { rows, offsets }: Pick<ClusterOrder, 'rows' | 'offsets'>,
  score: number,
  limit: number,
  options: StepOptions,
): Promise<Above> {
  const pairs = earlierInRange(offsets);
  const total = countPairs(pairs);
  const report = (done: number): void =>
    options.progress({ step: 'similar pairs', done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(rows);
  const want = { kind: 'above', score, limit } as const;
  const above = await options.kernels.search(view, view, pairs, want, workOf(options, report));
  report(total);
  return above;
}

/** The number of pairs when not even those of different rows fit: all rows are compared, and equal ones added that fall short. */
async function countAll(
  store: RowStore,
  compared: Compared,
  equal: EqualRows,
  score: number,
  options: StepOptions,
): Promise<number> {
  const found = await searchAbove(store, compared.clusters, score, 0, options).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof TooManyPairs) return error.count;
      throw error;
    },
  );
  // What arithmetic makes of a row and its copy.
  const places = [...equal.copies.keys()];
  const view = store.view(Int32Array.from(places, (place) => equal.firsts[place]));
  const offsets = Float64Array.from({ length: places.length + 1 }, (_, i) => i);
  const itself = { queries: offsets, targets: offsets, earlier: false };
  const own = await options.kernels.search(view, view, itself, BEST, workOf(options));
  return places.reduce((sum, place, i) => {
    const rows = equal.copies.get(place)!.length;
    return own.score[i] >= score ? sum : sum + (rows * (rows - 1)) / 2;
  }, found);
}

type Copies = ReadonlyMap<number, readonly number[]>;

function countExpanded({ row, other }: Found, copies: Copies): number {
  const size = (r: number): number => copies.get(r)?.length ?? 1;
  let count = 0;
  for (const { length } of copies.values()) count += (length * (length - 1)) / 2;
  if (copies.size === 0) return row.length;
  for (let i = 0; i < row.length; i++) count += size(row[i]) * size(other[i]);
  return count;
}

const room = (count: number): Found => ({
  row: new Int32Array(count),
  other: new Int32Array(count),
  score: new Float32Array(count),
});

/** All pairs, those of copies too. `ranks`: by row its place in the order of all rows. */
function expand(
  { row, other, score }: Found,
  copies: Copies,
  ranks: Int32Array,
  count: number,
): SimilarPairs {
  const pairs = room(count);
  let at = 0;
  const add = (a: number, b: number, similarity: number): void => {
    const isLater = ranks[a] > ranks[b];
    pairs.row[at] = isLater ? a : b;
    pairs.other[at] = isLater ? b : a;
    pairs.score[at++] = similarity;
  };
  for (let i = 0; i < row.length; i++) {
    const own = copies.get(row[i]);
    const others = copies.get(other[i]);
    if (!own && !others) add(row[i], other[i], score[i]);
    else for (const a of own ?? [row[i]]) for (const b of others ?? [other[i]]) add(a, b, score[i]);
  }
  for (const own of copies.values()) own.forEach((a, i) => own.slice(0, i).forEach((b) => add(a, b, 1)));
  return { ...pairs, firstCopy: count };
}

/** Pairs of the first of each kind, then those of the others with it. */
function withFirsts(found: Found, copies: Copies, count: number): SimilarPairs {
  const pairs = room(count);
  const firstCopy = found.row.length;
  pairs.row.set(found.row);
  pairs.other.set(found.other);
  pairs.score.set(found.score);
  pairs.score.fill(1, firstCopy);
  let at = firstCopy;
  for (const [first, rows] of copies) {
    for (const row of rows) {
      if (row === first) continue;
      pairs.row[at] = row;
      pairs.other[at++] = first;
    }
  }
  return { ...pairs, firstCopy };
}
