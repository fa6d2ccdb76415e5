import { TooManyPairs } from '../../kernels/above.ts';
import type { Above, Centroids } from '../../kernels/kernels.ts';
import { countPairs, everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { workFor, type StepOptions } from '../step.ts';
import { clusterOrder, placesIn, type ClusterOrder, type RankedRows } from './clusterOrder.ts';

/**
 * Number of clusters in which a sampled row is compared. It exceeds the overlap, within the budget of pairs.
 */
const [MIN_WIDE, MAX_WIDE] = [8, 64];
/**
 * Maximum number of pairs per row of the relation, about a tenth of a run, and a number that never takes
 * long.
 */
const [PAIRS_PER_ROW, MIN_PAIRS] = [1000, 5e7];
/** Number of sampled rows in the first search. Each search copies all rows, so one should suffice. */
const FIRST_SEARCH = 10_000;
/** Maximum number of similar rows per search. If a search finds more, fewer are searched at a time. */
const MAX_FOUND = 4_000_000;
/** Sample this many times as many rows as are expected to be needed. */
const SURPLUS = 1.1;
/** Number of similar rows kept per sampled row, most similar first. */
const KEPT_PER_ROW = 3;

/** A row that is similar to another. */
export interface SimilarRow {
  readonly row: number;
  readonly score: number;
}

/** A sampled row, and the most similar rows ranked before it, most similar first. */
export interface RowWithSimilar {
  readonly row: number;
  readonly others: readonly SimilarRow[];
}

/** The similar rows to find. */
export interface SimilarRowsOptions extends RankedRows {
  readonly sample: Int32Array;
  /** Rows within this cosine distance are similar. */
  readonly wide: number;
  /** The same, when there are too many. */
  readonly eps: number;
  /** Sufficient number of sampled rows with similar rows. */
  readonly enough: number;
}

/**
 * Rows of `sample` with similar rows ranked before them in the nearest clusters: a sufficient number, or all
 * that exist.
 */
export async function similarRows(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { order, exemptCount = 0, sample: all, wide: widest, eps, enough }: SimilarRowsOptions,
  options: StepOptions,
): Promise<RowWithSimilar[]> {
  const places = placesIn(order, store.rows);
  const sample = all.filter((row) => places[row] >= exemptCount);
  const budget = Math.max(MIN_PAIRS, PAIRS_PER_ROW * (order.length - exemptCount));
  // A row is more often in a large cluster than in a small one.
  const perCluster = Array.from(sizesOf(members), (size) => size ** 2 / order.length).reduce(
    (a, b) => a + b,
    0,
  );
  const affordable = Math.floor(budget / (sample.length * perCluster));
  const wide = Math.min(centroids.k, Math.max(MIN_WIDE, Math.min(MAX_WIDE, affordable)));
  const report = (done: number): void =>
    options.progress({ step: 'choose overlap', done, total: sample.length });
  const found: RowWithSimilar[] = [];
  let pairs = 0;
  let within = widest;
  for (let start = 0, batch = FIRST_SEARCH; start < sample.length && found.length < enough;) {
    report(start);
    const rows = sample.subarray(start, start + batch);
    const search = await searchClusters(store, centroids, members, { rows, wide, eps: within }, options);
    if (search instanceof TooManyPairs) {
      if (within > eps) within = eps;
      else batch = Math.ceil((rows.length / 2) * Math.min(1, MAX_FOUND / search.count));
      continue;
    }
    rows.forEach((row, i) => {
      const others = mostSimilarEarlier(search.queries[i], search.above, members.rows, places, places[row]);
      if (others.length > 0) found.push({ row, others });
    });
    pairs += search.pairs;
    start += rows.length;
    const affordableRows = Math.floor(((budget - pairs) * start) / Math.max(1, pairs));
    if (affordableRows <= 0) break;
    const neededRows = Math.ceil((SURPLUS * (enough - found.length) * start) / Math.max(1, found.length));
    batch = Math.min(neededRows, affordableRows);
  }
  report(sample.length);
  return found;
}

const sizesOf = ({ offsets }: ClusterOrder): Float64Array =>
  Float64Array.from({ length: offsets.length - 1 }, (_, c) => offsets[c + 1] - offsets[c]);

/**
 * Of the rows that several queries found, at most `KEPT_PER_ROW` with a place before `place`: most similar
 * first, ties by place.
 */
function mostSimilarEarlier(
  queries: readonly number[],
  { offsets, index, score }: Above,
  rows: Int32Array,
  places: Int32Array,
  place: number,
): SimilarRow[] {
  const best: SimilarRow[] = [];
  const isBefore = (a: number, b: number, scoreA: number, scoreB: number): boolean =>
    scoreA > scoreB || (scoreA === scoreB && places[a] < places[b]);
  for (const query of queries) {
    for (let j = offsets[query]; j < offsets[query + 1]; j++) {
      const row = rows[index[j]];
      if (places[row] >= place) continue;
      const at = best.findIndex((other) => isBefore(row, other.row, score[j], other.score));
      if (at < 0 && best.length === KEPT_PER_ROW) continue;
      best.splice(at < 0 ? best.length : at, 0, { row, score: score[j] });
      if (best.length > KEPT_PER_ROW) best.pop();
    }
  }
  return best;
}

/** The rows found in the nearest clusters. */
interface ClusterSearch {
  readonly above: Above;
  /** The queries of each row: one per cluster. */
  readonly queries: readonly number[][];
  /** Number of compared pairs. */
  readonly pairs: number;
}

/**
 * Finds rows within `eps` of each of `rows` in the `wide` clusters nearest to it, unless there are
 * too many to hold.
 */
async function searchClusters(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { rows, wide, eps }: { rows: Int32Array; wide: number; eps: number },
  options: StepOptions,
): Promise<ClusterSearch | TooManyPairs> {
  const { k } = centroids;
  const work = workFor(options);
  const all = everything(rows.length, k);
  const near = await options.kernels.search(store.view(rows), centroids, all, { kind: 'top', k: wide }, work);
  // Each row once per cluster near it, grouped by cluster.
  const byCluster = clusterOrder(
    { cluster: near.index, offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * wide) },
    k,
    Int32Array.from(rows.keys()),
  );
  const queries = Array.from(rows, () => [] as number[]);
  byCluster.rows.forEach((i, query) => queries[i].push(query));
  const view = store.view(byCluster.rows.map((i) => rows[i]));
  const pairs = { queries: byCluster.offsets, targets: members.offsets, earlier: false };
  // A single row finds at most all rows.
  const limit = Math.max(MAX_FOUND, rows.length === 1 ? store.rows : 0);
  const want = { kind: 'above', score: 1 - eps, limit } as const;
  try {
    const above = await options.kernels.search(view, store.view(members.rows), pairs, want, work);
    return { above, queries, pairs: countPairs(pairs) };
  } catch (error) {
    if (error instanceof TooManyPairs) return error;
    throw error;
  }
}
