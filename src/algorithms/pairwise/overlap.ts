import type { Centroids } from '../../kernels/kernels.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { squaredNorm } from '../centroids.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';
import type { NearBorder, Overlap, ScoredCentroids } from './borders.ts';
import { clusterOrder, type Memberships } from './clusterOrder.ts';
import { MembershipList } from './membershipList.ts';
import { nearBorders, type Labels } from './nearBorders.ts';

/**
 * The clusters each row is compared in: its own, and, for one of `rows`, those with a border no farther than
 * `distance`, the nearest borders first. The border between the centroids a (the row's own) and b lies
 * halfway between them, so that the row's distance to it is (‖x − b‖² − ‖x − a‖²) / (2 ‖a − b‖).
 *
 * Rows x and y at most r apart, in clusters a and b: their distances to the border of a and b, each counted
 * from its own side, add up to at most r, so that one of the two rows is at most r / 2 away from it and is
 * compared in the other's cluster. A `distance` of √(eps / 2) without a limit of memberships therefore misses
 * no pair with a cosine of 1 − eps, whatever the clusters; rounding is allowed for. Where y is in the cluster
 * of its nearest centroid, its distance is not negative, and that of x at most r: then a `distance` of √(2
 * eps) for x alone misses no such pair either. `known` is that of `nearBorders`.
 */
export async function overlapping(
  store: RowStore,
  centroids: Centroids,
  labels: Labels,
  overlap: Overlap,
  options: StepOptions,
  rows = allRows(store),
  known?: ScoredCentroids,
): Promise<Required<Memberships>> {
  const list = new MembershipList(labels.cluster);
  const take = (row: number, near: readonly NearBorder[]): void => list.add(row, near);
  await nearBorders(store, centroids, labels, rows, overlap, options, take, known);
  return list.finish();
}

const allRows = ({ rows }: RowStore): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);

/** Distances of rows to the centroids of their clusters. */
export async function labelDistances(
  store: RowStore,
  centroids: Centroids,
  cluster: Int32Array,
  options: StepOptions,
): Promise<Labels> {
  const { k, dim, values } = centroids;
  const order = clusterOrder({ cluster }, k, allRows(store));
  const targets = Float64Array.from({ length: k + 1 }, (_, c) => c);
  const pairs = { queries: order.offsets, targets, earlier: false };
  const { kernels } = options;
  const { score } = await kernels.search(store.view(order.rows), centroids, pairs, BEST, workFor(options));
  const distance = new Float32Array(store.rows);
  for (let c = 0; c < k; c++) {
    const norm = squaredNorm(values, c, dim);
    for (let i = order.offsets[c]; i < order.offsets[c + 1]; i++)
      distance[order.rows[i]] = Math.sqrt(Math.max(0, 1 - 2 * score[i] + norm));
  }
  return { cluster, distance };
}
