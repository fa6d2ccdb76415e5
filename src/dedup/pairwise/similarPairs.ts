import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';
import { clusterOrder, type ClusterOrder } from './clusterOrder.ts';
import { equalRows, type EqualRows } from './equalRows.ts';

/** Pairs of rows that are similar enough, each once. */
export interface SimilarPairs {
  readonly row: Int32Array;
  /** The one ranked before. */
  readonly other: Int32Array;
  /** Cosine, at most 1; exactly 1 for equal rows. */
  readonly score: Float32Array;
}

/** The rows to compare. */
export interface Compared {
  /** The cluster of each row. */
  readonly cluster: Int32Array;
  readonly clusters: number;
  /** All rows, first-ranked first. */
  readonly order: Int32Array;
}

/**
 * Every pair of rows of a cluster with a cosine of at least `score`. Rows with the same bytes are compared with others once, and
 * are similar to each other by definition.
 * @throws TooManyPairs for more than `limit` of them, with their exact number.
 */
export async function similarPairs(
  store: RowStore,
  compared: Compared,
  score: number,
  limit: number,
  options: StepOptions,
): Promise<SimilarPairs> {
  const equal = equalRows(store, compared.order);
  const firsts = clustersOf(compared, equal.firsts);
  const search = (order: ClusterOrder, limit: number): Promise<Above> =>
    searchAbove(store, order, score, limit, options);
  let above: Above;
  try {
    above = await search(firsts, limit);
  } catch (error) {
    if (!(error instanceof TooManyPairs) || equal.copies.size === 0) throw error;
    throw new TooManyPairs(await countAll(store, compared, equal, score, options), limit);
  }
  const copies = new Map(Array.from(equal.copies, ([place, rows]) => [equal.firsts[place], rows]));
  const count = countExpanded(firsts.rows, above, copies);
  if (count > limit) throw new TooManyPairs(count, limit);
  return expand(firsts.rows, above, copies, ranksIn(compared.order), count);
}

/** The rows of `order` by cluster. */
function clustersOf({ cluster, clusters }: Compared, order: Int32Array): ClusterOrder {
  const own = Int32Array.from(order, (row) => cluster[row]);
  const places = Int32Array.from(order, (_, place) => place);
  const { rows, offsets } = clusterOrder({ cluster: own }, clusters, places);
  return { rows: rows.map((place) => order[place]), offsets };
}

async function searchAbove(
  store: RowStore,
  { rows, offsets }: ClusterOrder,
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
  const all = clustersOf(compared, compared.order);
  const found = await searchAbove(store, all, score, 0, options).then(
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

function countExpanded(rows: Int32Array, { offsets, index }: Above, copies: Copies): number {
  const size = (row: number): number => copies.get(row)?.length ?? 1;
  let count = 0;
  for (const { length } of copies.values()) count += (length * (length - 1)) / 2;
  if (copies.size === 0) return index.length;
  for (let place = 0; place < rows.length; place++) {
    for (let i = offsets[place]; i < offsets[place + 1]; i++)
      count += size(rows[place]) * size(rows[index[i]]);
  }
  return count;
}

/** All pairs, those of copies too. `ranks`: by row its place in the order of all rows. */
function expand(
  rows: Int32Array,
  { offsets, index, score }: Above,
  copies: Copies,
  ranks: Int32Array,
  count: number,
): SimilarPairs {
  const pairs = { row: new Int32Array(count), other: new Int32Array(count), score: new Float32Array(count) };
  let at = 0;
  const add = (a: number, b: number, similarity: number): void => {
    const isLater = ranks[a] > ranks[b];
    pairs.row[at] = isLater ? a : b;
    pairs.other[at] = isLater ? b : a;
    pairs.score[at++] = similarity;
  };
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place];
    const own = copies.get(row);
    for (let i = offsets[place]; i < offsets[place + 1]; i++) {
      const other = rows[index[i]];
      const others = copies.get(other);
      const similarity = Math.min(1, score[i]);
      if (!own && !others) add(row, other, similarity);
      else for (const a of own ?? [row]) for (const b of others ?? [other]) add(a, b, similarity);
    }
    if (own) own.forEach((a, i) => own.slice(0, i).forEach((b) => add(a, b, 1)));
  }
  return pairs;
}

function ranksIn(order: Int32Array): Int32Array {
  const ranks = new Int32Array(order.length);
  order.forEach((row, rank) => (ranks[row] = rank));
  return ranks;
}
