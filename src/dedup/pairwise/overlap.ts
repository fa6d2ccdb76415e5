import type { Centroids } from '../../kernels/kernels.ts';
import { everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { sliceView } from '../../rows/rowView.ts';
import { squaredNorm } from '../centroids.ts';
import { Borders } from './borders.ts';
import { clusterOrder, type Memberships } from './clusterOrder.ts';
import { MembershipList } from './membershipList.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';

/** How far clusters overlap. */
export interface Overlap {
  /** Distance from a border up to which a row also belongs to the cluster behind it. */
  readonly distance: number;
  /** Clusters per row at most, its own one counted; 0: no limit. */
  readonly memberships: number;
}

/** A row with the cluster it was assigned to. */
export interface Labels {
  readonly cluster: Int32Array;
  /** By row ‖x − c‖, the distance to the centroid of its cluster. */
  readonly distance: Float32Array;
}

/** Bytes of a target that a search for all above a score returns. */
const FOUND_BYTES = 8;

/** Rows per search: all their centroids could be near. */
const batchRows = (k: number, memory: number): number =>
  Math.max(256, Math.floor(memory / (2 * FOUND_BYTES * k)));

/**
 * The clusters each row is compared in: its own, and those with a border no farther than `distance`, the nearest
 * borders first. The border between the centroids a (the row's own) and b lies halfway between them, so that the row's
 * distance to it is (‖x − b‖² − ‖x − a‖²) / (2 ‖a − b‖).
 *
 * Rows x and y at most r apart, in clusters a and b: their distances to the border of a and b, each counted from its own
 * side, add up to at most r, so that one of the two rows is at most r / 2 away from it and is compared in the other's
 * cluster. A `distance` of √(eps / 2) without a limit of memberships therefore misses no pair with a cosine of 1 − eps,
 * whatever the clusters; rounding is allowed for.
 */
export async function overlapping(
  store: RowStore,
  centroids: Centroids,
  labels: Labels,
  { distance, memberships }: Overlap,
  options: StepOptions,
): Promise<Memberships> {
  const { rows } = store;
  const { k } = centroids;
  const report = (done: number): void => options.progress({ step: 'overlap', done, total: rows });
  report(0);
  // Cluster by cluster: the distances from one centroid to the others are measured once.
  const byCluster = clusterOrder(
    { cluster: labels.cluster },
    k,
    Int32Array.from({ length: rows }, (_, row) => row),
  ).rows;
  const view = store.view(byCluster);
  const borders = new Borders(centroids, distance, memberships);
  const list = new MembershipList(rows);
  const batch = batchRows(k, options.memory);
  for (let start = 0; start < rows; start += batch) {
    const end = Math.min(rows, start + batch);
    const score = Float32Array.from({ length: end - start }, (_, i) =>
      borders.leastScore(labels.distance[byCluster[start + i]]),
    );
    const work = workOf(options, (pairs) => report(start + Math.floor(pairs / k)));
    const found = await options.kernels.search(
      sliceView(view, start, end),
      centroids,
      everything(end - start, k),
      { kind: 'above', score },
      work,
    );
    for (let i = 0; i < end - start; i++) {
      const row = byCluster[start + i];
      const [first, last] = [found.offsets[i], found.offsets[i + 1]];
      const near = borders.within(
        labels.cluster[row],
        labels.distance[row],
        found.index.subarray(first, last),
        found.score.subarray(first, last),
      );
      list.add(row, labels.cluster[row], near);
    }
  }
  report(rows);
  return list.finish();
}

/** Distances of rows to the centroids of the clusters they are in. */
export async function labelDistances(
  store: RowStore,
  centroids: Centroids,
  cluster: Int32Array,
  options: StepOptions,
): Promise<Labels> {
  const { k, dim, values } = centroids;
  const order = clusterOrder(
    { cluster },
    k,
    Int32Array.from({ length: store.rows }, (_, row) => row),
  );
  const targets = Float64Array.from({ length: k + 1 }, (_, c) => c);
  const pairs = { queries: order.offsets, targets, earlier: false };
  const { kernels } = options;
  const { score } = await kernels.search(store.view(order.rows), centroids, pairs, BEST, workOf(options));
  const distance = new Float32Array(store.rows);
  for (let c = 0; c < k; c++) {
    const norm = squaredNorm(values, c, dim);
    for (let i = order.offsets[c]; i < order.offsets[c + 1]; i++)
      distance[order.rows[i]] = Math.sqrt(Math.max(0, 1 - 2 * score[i] + norm));
  }
  return { cluster, distance };
}
