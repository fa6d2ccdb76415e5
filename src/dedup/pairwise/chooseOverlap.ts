import { TooManyPairs } from '../../kernels/above.ts';
import type { Above, Centroids } from '../../kernels/kernels.ts';
import { countPairs, everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { workOf, type StepOptions } from '../step.ts';
import { ERROR, type NearBorder, type Overlap } from './borders.ts';
import { clusterOrder, placesIn, type ClusterOrder, type RankedRows } from './clusterOrder.ts';
import { nearBorders, type Labels } from './nearBorders.ts';

/** What an overlap shall find. */
export interface Aim {
  readonly eps: number;
  /** Share of all duplicates, below 1. */
  readonly recall: number;
}

/** Earlier rows per row from which on looking for their near borders costs more than it saves. */
const ONE_SIDED_RATIO = 4;

/** Whether only rows are put in several clusters, and earlier ones are not. */
export const isOneSided = (rows: number, earlier: number): boolean =>
  earlier > 0 && earlier >= ONE_SIDED_RATIO * rows;

/** Overlap with which no pair within `eps` is missed; see `overlapping`. */
export function completeOverlap(eps: number, ofOneSide = false): Overlap {
  // Scores are rounded: without an overlap, even rows that round to equal ones may be cut apart.
  const squared = Math.max(eps, 1e-6) / 2;
  // Twice the distance that borders allow for rounding of one side.
  const distance = Math.sqrt(ofOneSide ? 4 * squared + 3 * ERROR : squared);
  return { distance, memberships: 0, isOneSided: ofOneSide };
}

/** Clusters that a sampled row is compared in: more than overlap gives it, as far as `PAIRS_PER_ROW` allows. */
const [LEAST_WIDE, MOST_WIDE] = [8, 64];
/** Pairs, per row that may be a duplicate, that the search for the sample's duplicates may take: about a tenth of a run. */
const PAIRS_PER_ROW = 1000;
/** Sampled rows of the first search, which tells how many more are needed: each search copies all rows. */
const FIRST_SEARCH = 2048;
/** Similar rows that a search may hold; where it finds more, fewer rows are searched for at a time. */
const MOST_FOUND = 4_000_000;
/** Duplicates that are enough. */
const ENOUGH = 1000;
/** So many times as many rows are sampled as are likely to have as many. */
const SURPLUS = 1.1;
/** Similar rows kept per sampled row: the most similar ones. */
const KEPT = 3;
/** Limits of memberships to try, the least that does is taken. */
const LIMITS = [4, 8, 16, 64];
/** Another sample would ask for a little more. */
const MARGIN = 1.02;

/** A sampled row with rows ranked before it that are similar enough. */
interface Duplicate {
  readonly row: number;
  readonly others: readonly number[];
}

/** By which rows an overlap is chosen. */
export interface ChoiceRows {
  readonly sample: Int32Array;
  /** True to leave earlier rows in their own cluster. Default false. */
  readonly ofOneSide?: boolean;
}

/**
 * The least overlap that finds the aimed share of the duplicates among `sample`. Those are looked for in all rows of `order`,
 * which may be a part of the store that holds `sample`, and far more widely than in clusters that overlap; then each tells from
 * which overlap on it is found: when a cluster is near enough to both rows.
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
  // A third of what misses nothing, where the sample says nothing.
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
  // Too few say little; with an overlap of one side, comparing in more clusters is cheap.
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

/** Chance that an overlap chosen by a sample does for the others as well. */
const CONFIDENCE = 0.9;

/** How many of the duplicates in a sample must be found, so that the share `recall` of all is with `CONFIDENCE`. */
export function neededOf(duplicates: number, recall: number): number {
  // Binomial: at a share of just `recall`, fewer than `needed` of the sample are found with that probability.
  let [chance, below] = [1, 1];
  for (let missed = 0; missed < duplicates; missed++) {
    // Of exactly `missed`, from the one before.
    chance =
      missed === 0
        ? recall ** duplicates
        : (chance * (duplicates - missed + 1) * (1 - recall)) / (missed * recall);
    below -= chance;
    if (below < CONFIDENCE) return duplicates - missed + (missed === 0 ? 0 : 1);
  }
  return 1;
}

/** The overlap from which on a row meets one of the others. */
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

/** Rows of `sample` with similar ones ranked before them in the nearest clusters: enough of them, or all that there are. */
async function duplicatesAmong(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { order, staying = 0, sample: all, eps }: RankedRows & { sample: Int32Array; eps: number },
  options: StepOptions,
): Promise<Duplicate[]> {
  const places = placesIn(order, store.rows);
  const sample = all.filter((row) => places[row] >= staying);
  const budget = PAIRS_PER_ROW * (order.length - staying);
  // A row meets large clusters more often than small ones.
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

/** Up to `KEPT` of the rows that some queries found, of those with a place before `place`: the most similar, the earliest of equals. */
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

/** What rows found in the clusters nearest to them. */
interface ClusterSearch {
  readonly above: Above;
  /** For each row its queries: one per cluster. */
  readonly queries: readonly number[][];
  /** Pairs of rows compared. */
  readonly pairs: number;
}

/** Rows within `eps` of each of `rows` in the `wide` clusters nearest to it; undefined where these are too many to hold. */
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
  // Each row once per cluster near to it, cluster by cluster.
  const byCluster = clusterOrder(
    { cluster: near.index, offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * wide) },
    k,
    Int32Array.from(rows.keys()),
  );
  const queries = Array.from(rows, () => [] as number[]);
  byCluster.rows.forEach((i, query) => queries[i].push(query));
  const view = store.view(byCluster.rows.map((i) => rows[i]));
  const pairs = { queries: byCluster.offsets, targets: members.offsets, earlier: false };
  // A single row finds at most as many rows as there are.
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
