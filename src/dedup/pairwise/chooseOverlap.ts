import type { Centroids } from '../../kernels/kernels.ts';
import { everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { workOf, type StepOptions } from '../step.ts';
import type { NearBorder, Overlap } from './borders.ts';
import { clusterOrder, type ClusterOrder } from './clusterOrder.ts';
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

/** Clusters that a sampled row is compared in: far more than overlap gives it. */
const WIDE = 64;
/** Pairs per row of all that the search for the sample's duplicates may take. */
const PAIRS_PER_ROW = 2000;
/** Sampled rows per search: what is found stays small. */
const SEARCH_ROWS = 2048;
/** Similar rows looked at per sampled row, the row itself counted. */
const SIMILAR = 5;
/** Of these, the most similar ones are kept. */
const KEPT = 3;
/** Duplicates looked at. */
const MOST_DUPLICATES = 2000;
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
  { order, sample, eps, recall }: Aim & { readonly order: Int32Array; readonly sample: Int32Array },
  options: StepOptions,
): Promise<Overlap> {
  const complete = completeOverlap(eps);
  const members = clusterOrder({ cluster: labels.cluster }, centroids.k, order);
  const duplicates = await duplicatesAmong(store, centroids, members, { order, sample, eps }, options);
  // A third of what misses nothing, where the sample says nothing.
  if (duplicates.length === 0) return { distance: complete.distance / 3, memberships: LIMITS[0] };
  const rows = [...new Set(duplicates.flatMap(({ row, others }) => [row, ...others]))];
  const near = new Map<number, readonly NearBorder[]>();
  const widest = { distance: complete.distance, memberships: LIMITS[LIMITS.length - 1] };
  await nearBorders(store, centroids, labels, Int32Array.from(rows), widest, options, (row, borders) =>
    near.set(row, [{ cluster: labels.cluster[row], distance: 0 }, ...borders]),
  );
  // A quarter of what may be missed is left to chance.
  const needed = Math.ceil((recall + (1 - recall) / 4) * duplicates.length);
  for (const memberships of LIMITS) {
    const distances = duplicates
      .map(({ row, others }) => leastDistance(row, others, near, memberships))
      .sort((a, b) => a - b);
    const distance = distances[needed - 1];
    if (distance < Infinity) return { distance: Math.min(distance * MARGIN, complete.distance), memberships };
  }
  return complete;
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

/** The rows of `sample` with similar ones ranked before them, in the nearest of many clusters. */
async function duplicatesAmong(
  store: RowStore,
  centroids: Centroids,
  members: ClusterOrder,
  { order, sample, eps }: { order: Int32Array; sample: Int32Array; eps: number },
  options: StepOptions,
): Promise<Duplicate[]> {
  const { k } = centroids;
  const places = new Int32Array(order.length);
  order.forEach((row, place) => (places[row] = place));
  const wide = Math.max(1, Math.min(k, WIDE, Math.floor((PAIRS_PER_ROW * k) / Math.max(1, sample.length))));
  const targets = store.view(members.rows);
  const found: Duplicate[] = [];
  const report = (done: number): void =>
    options.progress({ step: 'choose overlap', done, total: sample.length });
  for (let start = 0; start < sample.length && found.length < MOST_DUPLICATES; start += SEARCH_ROWS) {
    report(start);
    const rows = sample.slice(start, start + SEARCH_ROWS);
    const near = await options.kernels.search(
      store.view(rows),
      centroids,
      everything(rows.length, k),
      { kind: 'top', k: wide },
      workOf(options),
    );
    // Each row once per cluster near to it, cluster by cluster.
    const byCluster = clusterOrder(
      { cluster: near.index, offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * wide) },
      k,
      Int32Array.from(rows.keys()),
    );
    const similar = await options.kernels.search(
      store.view(byCluster.rows.map((i) => rows[i])),
      targets,
      { queries: byCluster.offsets, targets: members.offsets, earlier: false },
      { kind: 'top', k: SIMILAR },
      workOf(options),
    );
    const others = Array.from(rows, () => [] as { row: number; score: number }[]);
    byCluster.rows.forEach((i, query) => {
      for (let j = query * SIMILAR; j < (query + 1) * SIMILAR; j++) {
        const score = similar.score[j];
        if (!(score >= 1 - eps)) break;
        const row = members.rows[similar.index[j]];
        if (places[row] < places[rows[i]]) others[i].push({ row, score });
      }
    });
    rows.forEach((row, i) => {
      if (others[i].length === 0) return;
      others[i].sort((a, b) => b.score - a.score || places[a.row] - places[b.row]);
      found.push({ row, others: others[i].slice(0, KEPT).map((other) => other.row) });
    });
  }
  report(sample.length);
  return found;
}
