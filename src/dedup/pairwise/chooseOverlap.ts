import type { Centroids } from '../../kernels/kernels.ts';
import { countPairs, everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { workOf, type StepOptions } from '../step.ts';
import type { NearBorder, Overlap } from './borders.ts';
import { clusterOrder, placesIn, type ClusterOrder, type RankedRows } from './clusterOrder.ts';
import { nearBorders, type Labels } from './nearBorders.ts';

/** What an overlap shall find. */
export interface Aim {
  readonly eps: number;
  /** Share of all duplicates, below 1. */
  readonly recall: number;
}

/** Overlap with which no pair within `eps` is missed. */
export const completeOverlap = (eps: number): Overlap => ({
  // Scores are rounded: without an overlap, even rows that round to equal ones may be cut apart.
  distance: Math.sqrt(Math.max(eps, 1e-6) / 2),
  memberships: 0,
});

/** Clusters that a sampled row is compared in: more than overlap gives it, as far as `PAIRS_PER_ROW` allows. */
const [LEAST_WIDE, MOST_WIDE] = [8, 64];
/** Pairs, per row that may be a duplicate, that the search for the sample's duplicates may take: about a fifth of a run. */
const PAIRS_PER_ROW = 2000;
/** Sampled rows of the first search; each further one takes twice as many. */
const FIRST_SEARCH = 2048;
/** Duplicates that are enough. */
const ENOUGH = 1000;
/** Similar rows looked at per sampled row, the row itself counted. */
const SIMILAR = 5;
/** Of these, the most similar ones are kept. */
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

/**
 * The least overlap that finds the aimed share of the duplicates among `sample`. Those are looked for far more widely than
 * in clusters that overlap; then each tells from which overlap on it is found: when a cluster is near enough to both rows.
 */
export async function chooseOverlap(
  store: RowStore,
  centroids: Centroids,
  labels: Labels,
  { sample, eps, recall, ...ranked }: Aim & RankedRows & { readonly sample: Int32Array },
  options: StepOptions,
): Promise<Overlap> {
  const complete = completeOverlap(eps);
  const members = clusterOrder({ cluster: labels.cluster }, centroids.k, ranked.order);
  const duplicates = await duplicatesAmong(store, centroids, members, { ...ranked, sample, eps }, options);
  // A third of what misses nothing, where the sample says nothing.
  if (duplicates.length === 0) return { distance: complete.distance / 3, memberships: LIMITS[0] };
  const rows = [...new Set(duplicates.flatMap(({ row, others }) => [row, ...others]))];
  const near = new Map<number, readonly NearBorder[]>();
  const widest = { distance: complete.distance, memberships: LIMITS[LIMITS.length - 1] };
  await nearBorders(store, centroids, labels, Int32Array.from(rows), widest, options, (row, borders) =>
    near.set(row, [{ cluster: labels.cluster[row], distance: 0 }, ...borders]),
  );
  const needed = neededOf(duplicates.length, recall);
  for (const memberships of LIMITS) {
    const distances = duplicates
      .map(({ row, others }) => leastDistance(row, others, near, memberships))
      .sort((a, b) => a - b);
    const distance = distances[needed - 1];
    if (distance < Infinity) return { distance: Math.min(distance * MARGIN, complete.distance), memberships };
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
  const places = placesIn(order);
  const sample = all.filter((row) => places[row] >= staying);
  const budget = PAIRS_PER_ROW * (store.rows - staying);
  // A row meets large clusters more often than small ones.
  const perCluster = Array.from(sizesOf(members), (size) => size ** 2 / store.rows).reduce(
    (a, b) => a + b,
    0,
  );
  const affordable = Math.floor(budget / (sample.length * perCluster));
  const wide = Math.min(centroids.k, Math.max(LEAST_WIDE, Math.min(MOST_WIDE, affordable)));
  const report = (done: number): void =>
    options.progress({ step: 'choose overlap', done, total: sample.length });
  const found: Duplicate[] = [];
  let pairs = 0;
  for (let start = 0, batch = FIRST_SEARCH; start < sample.length; start += batch, batch *= 2) {
    report(start);
    const rows = sample.slice(start, start + batch);
    const similar = await similarRows(store, centroids, members, { rows, wide, eps }, options);
    rows.forEach((row, i) => {
      const others = similar.rows[i]
        .filter((other) => places[other.row] < places[row])
        .sort((a, b) => b.score - a.score || places[a.row] - places[b.row]);
      if (others.length > 0) found.push({ row, others: others.slice(0, KEPT).map((other) => other.row) });
    });
    pairs += similar.pairs;
    if (found.length >= ENOUGH || pairs + 2 * similar.pairs > budget) break;
  }
  report(sample.length);
  return found;
}

const sizesOf = ({ offsets }: ClusterOrder): Float64Array =>
  Float64Array.from({ length: offsets.length - 1 }, (_, c) => offsets[c + 1] - offsets[c]);

interface SimilarRow {
  readonly row: number;
  readonly score: number;
}

/** For each of `rows` some rows within `eps` of it, from the clusters nearest to it; and the pairs compared. */
async function similarRows(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { rows, wide, eps }: { rows: Int32Array; wide: number; eps: number },
  options: StepOptions,
): Promise<{ rows: SimilarRow[][]; pairs: number }> {
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
  const queries = store.view(byCluster.rows.map((i) => rows[i]));
  const pairs = { queries: byCluster.offsets, targets: members.offsets, earlier: false };
  const want = { kind: 'top', k: SIMILAR } as const;
  const found = await options.kernels.search(queries, store.view(members.rows), pairs, want, work);
  const similar = Array.from(rows, () => [] as SimilarRow[]);
  byCluster.rows.forEach((i, query) => {
    for (let j = query * SIMILAR; j < (query + 1) * SIMILAR; j++) {
      // Best first.
      if (!(found.score[j] >= 1 - eps)) break;
      similar[i].push({ row: members.rows[found.index[j]], score: found.score[j] });
    }
  });
  return { rows: similar, pairs: countPairs(pairs) };
}
