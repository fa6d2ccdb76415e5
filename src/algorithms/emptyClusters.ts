import type { Centroids, LloydState } from '../kernels/kernels.ts';
import { copyView, type RowView } from '../rows/rowView.ts';

/**
 * Gives each empty cluster the farthest row of the largest cluster, and updates the state. Returns the number
 * of filled clusters.
 */
export function repairEmpty(
  sample: RowView,
  centroids: Centroids,
  { label, sums, counts }: LloydState,
): number {
  const empty = [...counts.keys()].filter((c) => counts[c] === 0);
  const { dim } = centroids;
  const values = new Float32Array(dim);
  const distances = new Map<number, ReadonlyMap<number, number>>();
  let repaired = 0;
  for (const target of empty) {
    const largest = largestCluster(counts);
    let known = distances.get(largest);
    if (!known) distances.set(largest, (known = clusterDistances(sample, centroids, label, largest)));
    const row = farthestRow(known, label, largest);
    if (row < 0 || counts[largest] < 2) break;
    copyView(sample, row, row + 1, values);
    for (let i = 0; i < dim; i++) {
      const value = roundForSum(values[i]);
      sums[largest * dim + i] -= value;
      sums[target * dim + i] = value;
    }
    counts[largest]--;
    counts[target] = 1;
    label[row] = target;
    repaired++;
  }
  return repaired;
}

function largestCluster(counts: Float64Array): number {
  let largest = 0;
  for (let c = 1; c < counts.length; c++) if (counts[c] > counts[largest]) largest = c;
  return largest;
}

/** Squared distances of a cluster's rows to its centroid, by row. */
function clusterDistances(
  sample: RowView,
  { dim, values }: Centroids,
  label: Int32Array,
  cluster: number,
): ReadonlyMap<number, number> {
  const distances = new Map<number, number>();
  const own = new Float32Array(dim);
  for (let row = 0; row < label.length; row++) {
    if (label[row] !== cluster) continue;
    copyView(sample, row, row + 1, own);
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += (own[i] - values[cluster * dim + i]) ** 2;
    distances.set(row, sum);
  }
  return distances;
}

/**
 * Rounds a value as it is added when rows move between sums: to a multiple of 2⁻³⁰, so that the sums stay
 * exact (see `moveSums`).
 */
export const roundForSum = (value: number): number => value + 6_291_456 - 6_291_456;

/** The row of the cluster that is farthest from its centroid, or −1 when all rows equal the centroid. */
function farthestRow(distances: ReadonlyMap<number, number>, label: Int32Array, cluster: number): number {
  let best = -1;
  let most = 1e-6;
  for (const [row, distance] of distances) {
    if (label[row] !== cluster || distance <= most) continue;
    best = row;
    most = distance;
  }
  return best;
}
