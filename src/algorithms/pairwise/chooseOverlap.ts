import { TooManyPairs } from '../../kernels/above.ts';
import type { Above, Centroids } from '../../kernels/kernels.ts';
import { countPairs, everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { workOf, type StepOptions } from '../step.ts';
import { ERROR, type NearBorder, type Overlap } from './borders.ts';
import { clusterOrder, placesIn, type ClusterOrder, type RankedRows } from './clusterOrder.ts';
import { nearBorders, type Labels } from './nearBorders.ts';

/** The goal of an overlap. */
export interface Aim {
  readonly eps: number;
  /** Share of all duplicates to find, below 1. */
  readonly recall: number;
}

/**
 * With at least this many earlier rows per row, finding the borders near earlier rows costs more than it
 * saves.
 */
const ONE_SIDED_RATIO = 4;

/** Returns true when only rows, and not earlier rows, are placed in several clusters. */
export const isOneSided = (rows: number, earlier: number): boolean =>
  earlier > 0 && earlier >= ONE_SIDED_RATIO * rows;

/** The overlap that misses no pair within `eps`; see `overlapping`. */
export function completeOverlap(eps: number, ofOneSide = false): Overlap {
  // Scores are rounded: without an overlap, clusters could separate even rows with a rounded score of 1.
  const squared = Math.max(eps, 1e-6) / 2;
  // Twice the distance, plus the rounding allowance of borders.
  const distance = Math.sqrt(ofOneSide ? 4 * squared + 3 * ERROR : squared);
  return { distance, memberships: 0, isOneSided: ofOneSide };
}

/** Number of clusters in which a sampled row is compared. It exceeds the overlap, within `PAIRS_PER_ROW`. */
const [LEAST_WIDE, MOST_WIDE] = [8, 64];
/**
 * Maximum number of pairs per possible duplicate in the search for the sample's duplicates: about a tenth of
 * a run.
 */
const PAIRS_PER_ROW = 1000;
/**
 * Number of sampled rows in the first search, which estimates how many more are needed. Each search copies
 * all rows.
 */
const FIRST_SEARCH = 2048;
/** Maximum number of similar rows per search. If a search finds more, fewer rows are searched at a time. */
const MOST_FOUND = 4_000_000;
/** Sufficient number of duplicates. */
const ENOUGH = 1000;
/** Sample this many times as many rows as are expected to contain them. */
const SURPLUS = 1.1;
/** Number of similar rows kept per sampled row, most similar first. */
const KEPT = 3;
/** Limits of memberships to try. The smallest sufficient one is used. */
const LIMITS = [4, 8, 16, 64];
/** Safety factor, because another sample could need slightly more. */
const MARGIN = 1.02;

/** A sampled row and sufficiently similar rows ranked before it. */
interface Duplicate {
  readonly row: number;
  readonly others: readonly number[];
}

/** Rows by which an overlap is chosen. */
export interface ChoiceRows {
  readonly sample: Int32Array;
  /** True to leave earlier rows in their own cluster. Default: false. */
  readonly ofOneSide?: boolean;
}

/**
 * Chooses the smallest overlap that finds the desired share of the duplicates among `sample`. Duplicates are
 * searched among all rows of `order` (which may be a part of the store that contains `sample`), in many more
 * clusters than an overlap uses. The smallest overlap that finds each duplicate then follows: it must place
 * both rows in a common cluster.
 */
export async function chooseOverlap(
  store: RowStore,
  centroids: Centroids,
  labels: Labels,
  { sample, ofOneSide = false, eps, recall, ...ranked }: Aim & RankedRows & ChoiceRows,
  options: StepOptions,
): Promise<Overlap> {
  const complete = completeOverlap(eps, ofOneSide);
  const members = clusterOrder({ cluster: labels.cluster }, centroids.k, ranked.order);
  const duplicates = await duplicatesAmong(store, centroids, members, { ...ranked, sample, eps }, options);
  // Without duplicates in the sample, a third of the complete overlap is used.
  const usual = complete.distance / 3;
  if (duplicates.length === 0) return { ...complete, distance: usual, memberships: LIMITS[0] };
  const found = new Set(duplicates.flatMap(({ row, others }) => [row, ...others]));
  const near = new Map<number, readonly NearBorder[]>();
  const take = (row: number, borders: readonly NearBorder[]): unknown =>
    near.set(row, [{ cluster: labels.cluster[row], distance: 0 }, ...borders]);
  if (ofOneSide) {
    for (const row of ranked.order.subarray(0, ranked.earlier)) if (found.delete(row)) take(row, []);
  }
  const rows = Int32Array.from(found);
  const widest = { ...complete, memberships: LIMITS[LIMITS.length - 1] };
  await nearBorders(store, centroids, labels, rows, widest, options, take);
  const needed = neededOf(duplicates.length, recall);
  // Few duplicates are not reliable. With a one-sided overlap, comparing in more clusters is cheap.
  const least = ofOneSide && recall ** duplicates.length > 1 - CONFIDENCE ? usual : 0;
  for (const memberships of LIMITS) {
    const distances = duplicates
      .map(({ row, others }) => leastDistance(row, others, near, memberships))
      .sort((a, b) => a - b);
    const distance = distances[needed - 1];
    if (distance < Infinity)
      return {
        ...complete,
        distance: Math.min(Math.max(distance * MARGIN, least), complete.distance),
        memberships,
      };
  }
  return complete;
}

/** Probability that an overlap chosen by a sample suffices for all rows. */
const CONFIDENCE = 0.9;

/**
 * The number of a sample's duplicates that must be found, so that the share of all duplicates reaches
 * `recall` with probability `CONFIDENCE`.
 */
export function neededOf(duplicates: number, recall: number): number {
  // Binomial distribution: at a share of exactly `recall`, fewer than `needed` of the sample are found with
  // that probability.
  let [chance, below] = [1, 1];
  for (let missed = 0; missed < duplicates; missed++) {
    // The probability of exactly `missed`, from the previous one.
    chance =
      missed === 0
        ? recall ** duplicates
        : (chance * (duplicates - missed + 1) * (1 - recall)) / (missed * recall);
    below -= chance;
    if (below < CONFIDENCE) return duplicates - missed + (missed === 0 ? 0 : 1);
  }
  return 1;
}

/** The smallest overlap that places a row in a common cluster with one of the others. */
function leastDistance(
  row: number,
  others: readonly number[],
  near: ReadonlyMap<number, readonly NearBorder[]>,
  memberships: number,
): number {
  const own = new Map(
    near
      .get(row)!
      .slice(0, memberships)
      .map(({ cluster, distance }) => [cluster, distance]),
  );
  let least = Infinity;
  for (const other of others) {
    for (const { cluster, distance } of near.get(other)!.slice(0, memberships)) {
      const mine = own.get(cluster);
      if (mine !== undefined) least = Math.min(least, Math.max(mine, distance, 0));
    }
  }
  return least;
}

/**
 * Rows of `sample` with similar rows ranked before them in the nearest clusters: a sufficient number, or all
 * that exist.
 */
async function duplicatesAmong(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { order, exemptCount = 0, sample: all, eps }: RankedRows & { sample: Int32Array; eps: number },
  options: StepOptions,
): Promise<Duplicate[]> {
  const places = placesIn(order, store.rows);
  const sample = all.filter((row) => places[row] >= exemptCount);
  const budget = PAIRS_PER_ROW * (order.length - exemptCount);
  // A row is more often in a large cluster than in a small one.
  const perCluster = Array.from(sizesOf(members), (size) => size ** 2 / order.length).reduce(
    (a, b) => a + b,
    0,
  );
  const affordable = Math.floor(budget / (sample.length * perCluster));
  const wide = Math.min(centroids.k, Math.max(LEAST_WIDE, Math.min(MOST_WIDE, affordable)));
  const report = (done: number): void =>
    options.progress({ step: 'choose overlap', done, total: sample.length });
  const found: Duplicate[] = [];
  let pairs = 0;
  for (let start = 0, batch = FIRST_SEARCH; start < sample.length && found.length < ENOUGH;) {
    report(start);
    const rows = sample.subarray(start, start + batch);
    const search = await searchClusters(store, centroids, members, { rows, wide, eps }, options);
    if (search === undefined) {
      batch = Math.ceil(batch / 2);
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
    const neededRows = Math.ceil((SURPLUS * (ENOUGH - found.length) * start) / Math.max(1, found.length));
    batch = Math.min(neededRows, affordableRows);
  }
  report(sample.length);
  return found;
}

const sizesOf = ({ offsets }: ClusterOrder): Float64Array =>
  Float64Array.from({ length: offsets.length - 1 }, (_, c) => offsets[c + 1] - offsets[c]);

/**
 * Of the rows that several queries found, at most `KEPT` with a place before `place`: most similar first,
 * ties by place.
 */
function mostSimilarEarlier(
  queries: readonly number[],
  { offsets, index, score }: Above,
  rows: Int32Array,
  places: Int32Array,
  place: number,
): number[] {
  const best: { readonly row: number; readonly score: number }[] = [];
  const isBefore = (a: number, b: number, scoreA: number, scoreB: number): boolean =>
    scoreA > scoreB || (scoreA === scoreB && places[a] < places[b]);
  for (const query of queries) {
    for (let j = offsets[query]; j < offsets[query + 1]; j++) {
      const row = rows[index[j]];
      if (places[row] >= place) continue;
      const at = best.findIndex((other) => isBefore(row, other.row, score[j], other.score));
      if (at < 0 && best.length === KEPT) continue;
      best.splice(at < 0 ? best.length : at, 0, { row, score: score[j] });
      if (best.length > KEPT) best.pop();
    }
  }
  return best.map(({ row }) => row);
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
 * Finds rows within `eps` of each of `rows` in the `wide` clusters nearest to it. Returns undefined when
 * there are too many to hold.
 */
async function searchClusters(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { rows, wide, eps }: { rows: Int32Array; wide: number; eps: number },
  options: StepOptions,
): Promise<ClusterSearch | undefined> {
  const { k } = centroids;
  const work = workOf(options);
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
  const limit = Math.max(MOST_FOUND, rows.length === 1 ? store.rows : 0);
  const want = { kind: 'above', score: 1 - eps, limit } as const;
  try {
    const above = await options.kernels.search(view, store.view(members.rows), pairs, want, work);
    return { above, queries, pairs: countPairs(pairs) };
  } catch (error) {
    if (error instanceof TooManyPairs) return undefined;
    throw error;
  }
}
