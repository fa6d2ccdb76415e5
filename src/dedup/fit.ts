import type { Centroids, Kernels, LloydTotals } from '../kernels/kernels.ts';
import type { Progress } from '../progress.ts';
import { nearestCentroids, squaredNorm } from './centroids.ts';
import { randomCentroids, scalableCentroids } from './initialCentroids.ts';
import type { Sample } from './sample.ts';

export interface FitOptions {
  readonly kernels: Kernels;
  readonly k: number;
  /** Lloyd iterations at most. */
  readonly maxIter: number;
  /** Stop when the inertia falls by less than this share of itself in an iteration. */
  readonly tol: number;
  readonly seed: number;
  /** A method, or k × dim centroids to start from. */
  readonly init: 'k-means||' | 'random' | Float32Array;
  readonly oversamplingFactor: number;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export interface Fit {
  readonly centroids: Centroids;
  /** Lloyd iterations done. */
  readonly iterations: number;
  /** Sum over the sample of the squared distance to the nearest centroid, before the last update. */
  readonly inertia: number;
}

/**
 * Euclidean k-means on unit rows (Lloyd's algorithm): centroids are plain means, not normalised again. An empty cluster
 * takes the row farthest from the centroid of the largest cluster.
 */
export async function fitKmeans(sample: Sample, options: FitOptions): Promise<Fit> {
  const { k, maxIter, tol, signal, progress } = options;
  progress({ step: 'k-means', done: 0, detail: 'initial centroids' });
  let centroids = nearestCentroids(await initial(sample, options), sample.dim);
  let before = Infinity;
  let inertia = Infinity;
  const label = new Int32Array(sample.count).fill(-1);
  const totals: LloydTotals = { sums: new Float64Array(k * sample.dim), counts: new Float64Array(k) };
  let iterations = 0;
  while (iterations < maxIter) {
    const changed = await lloydPass(sample, centroids, totals, label, options);
    iterations++;
    inertia = inertiaOf(centroids, totals, sample.count);
    progress({ step: 'k-means', done: iterations, detail: `inertia ${inertia.toPrecision(6)}` });
    const repaired = repairEmpty(sample, centroids, totals, label);
    if (changed === 0 && repaired === 0) break;
    centroids = means(totals, centroids);
    if (repaired === 0 && before - inertia <= tol * inertia) break;
    before = inertia;
    signal.throwIfAborted();
  }
  return { centroids, iterations, inertia };
}

async function initial(sample: Sample, options: FitOptions): Promise<Float32Array> {
  if (options.init === 'random') return randomCentroids(sample, options.k, options.seed);
  if (options.init === 'k-means||') return scalableCentroids(sample, options);
  return options.init.slice();
}

/** Labels every row of the sample and brings the totals up to date; returns how many labels changed. */
async function lloydPass(
  sample: Sample,
  centroids: Centroids,
  totals: LloydTotals,
  label: Int32Array,
  { kernels, signal }: FitOptions,
): Promise<number> {
  let changed = 0;
  if (!kernels.movesRows) for (const values of [totals.sums, totals.counts]) values.fill(0);
  for await (const { blocks, start, rows } of sample.groups()) {
    const now = kernels.movesRows ? label.slice(start, start + rows) : new Int32Array(rows).fill(-1);
    await kernels.lloydStep(blocks, centroids, totals, now);
    for (let i = 0; i < now.length; i++) if (label[start + i] !== now[i]) changed++;
    label.set(now, start);
    signal.throwIfAborted();
  }
  return changed;
}

/** Σ ‖x − c‖² = n + Σ (count · ‖c‖² − 2 c · sum), from the totals alone. */
function inertiaOf({ k, dim, values }: Centroids, { sums, counts }: LloydTotals, rows: number): number {
  let inertia = rows;
  for (let c = 0; c < k; c++) {
    let product = 0;
    for (let i = c * dim; i < (c + 1) * dim; i++) product += values[i] * sums[i];
    inertia += counts[c] * squaredNorm(values, c, dim) - 2 * product;
  }
  return Math.max(0, inertia);
}

/** The means; a cluster that stayed empty keeps its centroid. */
function means({ sums, counts }: LloydTotals, { k, dim, values }: Centroids): Centroids {
  const next = values.slice();
  for (let c = 0; c < k; c++) {
    if (counts[c] === 0) continue;
    for (let i = c * dim; i < (c + 1) * dim; i++) next[i] = sums[i] / counts[c];
  }
  return nearestCentroids(next, dim);
}

/** Gives each empty cluster the farthest row of the largest one, moving it in the totals; returns how many it filled. */
function repairEmpty(
  sample: Sample,
  centroids: Centroids,
  { sums, counts }: LloydTotals,
  label: Int32Array,
): number {
  const empty = [...counts.keys()].filter((c) => counts[c] === 0);
  const { dim } = sample;
  const distances = new Map<number, ReadonlyMap<number, number>>();
  let repaired = 0;
  for (const target of empty) {
    const largest = largestOf(counts);
    let known = distances.get(largest);
    if (!known) distances.set(largest, (known = clusterDistances(sample, centroids, label, largest)));
    const row = farthest(known, label, largest);
    if (row < 0 || counts[largest] < 2) break;
    const values = sample.row(row);
    for (let i = 0; i < dim; i++) {
      const value = asSummed(values[i]);
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

function largestOf(counts: Float64Array): number {
  let largest = 0;
  for (let c = 1; c < counts.length; c++) if (counts[c] > counts[largest]) largest = c;
  return largest;
}

/** Squared distances of a cluster's rows to its centroid, by row. */
function clusterDistances(
  sample: Sample,
  { dim, values }: Centroids,
  label: Int32Array,
  cluster: number,
): ReadonlyMap<number, number> {
  const distances = new Map<number, number>();
  for (let row = 0; row < label.length; row++) {
    if (label[row] !== cluster) continue;
    const own = sample.row(row);
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += (own[i] - values[cluster * dim + i]) ** 2;
    distances.set(row, sum);
  }
  return distances;
}

/** What kernels that move rows add for an element: a multiple of 2⁻³⁰, so that sums stay exact (see `moveSums`). */
const asSummed = (value: number): number => value + 6_291_456 - 6_291_456;

/** The row farthest from the centroid among those still in the cluster; −1 when all lie on it. */
function farthest(distances: ReadonlyMap<number, number>, label: Int32Array, cluster: number): number {
  let best = -1;
  let most = 1e-6;
  for (const [row, distance] of distances) {
    if (label[row] !== cluster || distance <= most) continue;
    best = row;
    most = distance;
  }
  return best;
}
