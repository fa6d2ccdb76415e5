import type { Centroids, LloydState } from '../kernels/kernels.ts';
import type { RowView } from '../rows/rowView.ts';
import { nearestCentroids, squaredNorm } from './centroids.ts';
import { repairEmpty } from './emptyClusters.ts';
import { randomCentroids, scalableCentroids } from './initialCentroids.ts';
import { Pace } from './pace.ts';
import { workOf, type StepOptions } from './step.ts';

export interface FitOptions extends StepOptions {
  readonly k: number;
  /** Lloyd iterations at most. */
  readonly maxIter: number;
  /**
   * Stop when an iteration lowers the inertia by no more than this share of itself; or by no more than ten times that (and
   * 0.1 %) while it changes the cluster of no more than 200 times this share of the rows (and 2 %).
   */
  readonly tol: number;
  readonly seed: number;
  /** A method, or k × dim centroids to start from. */
  readonly init: 'k-means||' | 'random' | Float32Array;
  readonly oversamplingFactor: number;
}

export interface Fit {
  readonly centroids: Centroids;
  /** Lloyd iterations done. */
  readonly iterations: number;
  /** Sum over the sample of the squared distance to the nearest centroid, before the last update. */
  readonly inertia: number;
}

/** How far a step goes beyond the means, as a share of the way these moved in the last iteration. */
const MOMENTUM = 0.85;
/** Iterations that may repair clusters: where rows of several clusters are hard to tell apart, there is no end to it. */
const REPAIRS = 24;

/**
 * Euclidean k-means on unit rows: Lloyd's algorithm with Nesterov's momentum (1983), which on large sets takes about half
 * as many iterations. The centroids returned are plain means, not normalised again. An empty cluster takes the row
 * farthest from the centroid of the largest cluster.
 */
export async function fitKmeans(sample: RowView, options: FitOptions): Promise<Fit> {
  const { k, maxIter, tol, signal, progress } = options;
  progress({ step: 'k-means', done: 0, detail: 'initial centroids' });
  const { dim } = sample.store;
  let centroids = nearestCentroids(await initial(sample, options), dim);
  const state: LloydState = {
    label: new Int32Array(sample.count).fill(-1),
    sums: new Float64Array(k * dim),
    counts: new Float64Array(k),
  };
  const pace = new Pace(tol, sample.count);
  let means = centroids.values;
  let inertia = Infinity;
  let iterations = 0;
  let repairs = 0;
  while (iterations < maxIter) {
    const changed = await lloydPass(sample, centroids, state, options);
    iterations++;
    inertia = inertiaOf(centroids, state, sample.count);
    progress({ step: 'k-means', done: iterations, detail: `inertia ${inertia.toPrecision(6)}` });
    const repaired = repairs < REPAIRS && repairEmpty(sample, centroids, state) > 0;
    if (repaired) repairs++;
    const earlier = means;
    means = meansOf(state, means, dim);
    const step = pace.next(inertia, changed, repaired);
    if (step === 'stop') break;
    centroids = nearestCentroids(step === 'means' ? means : beyond(means, earlier), dim);
    signal.throwIfAborted();
  }
  return { centroids: nearestCentroids(means, dim), iterations, inertia };
}

async function initial(sample: RowView, options: FitOptions): Promise<Float32Array> {
  if (options.init === 'random') return randomCentroids(sample, options.k, options.seed);
  if (options.init === 'k-means||') return scalableCentroids(sample, options);
  return options.init.slice();
}

/** Labels every row of the sample and brings the state up to date; returns how many labels changed. */
async function lloydPass(
  sample: RowView,
  centroids: Centroids,
  state: LloydState,
  options: FitOptions,
): Promise<number> {
  const { label } = state;
  const before = label.slice();
  await options.kernels.lloydStep(sample, centroids, state, workOf(options));
  let changed = 0;
  for (let row = 0; row < label.length; row++) if (label[row] !== before[row]) changed++;
  return changed;
}

/** Σ ‖x − c‖² = n + Σ (count · ‖c‖² − 2 c · sum), from sums and counts alone. */
function inertiaOf({ k, dim, values }: Centroids, { sums, counts }: LloydState, rows: number): number {
  let inertia = rows;
  for (let c = 0; c < k; c++) {
    let product = 0;
    for (let i = c * dim; i < (c + 1) * dim; i++) product += values[i] * sums[i];
    inertia += counts[c] * squaredNorm(values, c, dim) - 2 * product;
  }
  return Math.max(0, inertia);
}

/** The means, k × dim; a cluster that stayed empty keeps the mean it had. */
function meansOf({ sums, counts }: LloydState, earlier: Float32Array, dim: number): Float32Array {
  const means = earlier.slice();
  for (let c = 0; c < counts.length; c++) {
    const count = counts[c];
    if (count === 0) continue;
    for (let i = c * dim; i < (c + 1) * dim; i++) means[i] = sums[i] / count;
  }
  return means;
}

/** Past the means, the way they came. */
function beyond(means: Float32Array, earlier: Float32Array): Float32Array {
  const ahead = new Float32Array(means.length);
  for (let i = 0; i < means.length; i++) ahead[i] = means[i] + MOMENTUM * (means[i] - earlier[i]);
  return ahead;
}
