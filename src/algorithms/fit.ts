import type { Centroids, LloydState } from '../kernels/kernels.ts';
import type { RowView } from '../rows/rowView.ts';
import { nearestCentroids, squaredNorm } from './centroids.ts';
import { repairEmpty } from './emptyClusters.ts';
import { randomCentroids, scalableCentroids } from './initialCentroids.ts';
import { StepRule } from './stepRule.ts';
import { workFor, type StepOptions } from './step.ts';

/** Options of a k-means fit. `k` is the number of clusters; equal seeds give equal fits. */
export interface FitOptions extends StepOptions {
  readonly k: number;
  /** Maximum number of Lloyd iterations. */
  readonly maxIter: number;
  /**
   * Stops when the relative improvement of the inertia falls below `tol`. Also stops when it falls below 10 ·
   * `tol` (at most 0.1 %) and the share of rows that change cluster falls below 200 · `tol` (at most 2 %).
   */
  readonly tol: number;
  readonly seed: number;
  /** An initialisation method, or k × dim initial centroids. */
  readonly init: 'k-means||' | 'random' | Float32Array;
  readonly oversamplingFactor: number;
}

/** The starting point of Lloyd iterations. Label −1 means unknown. */
export interface Start {
  readonly centroids: Float32Array;
  readonly state: LloydState;
}

/** One Lloyd iteration: updates the label of every row of the sample, and the state. */
export type LloydPass = (centroids: Centroids, state: LloydState) => Promise<void>;

/** A fitted model: its centroids, and how well they fit the sample. */
export interface Fit {
  readonly centroids: Centroids;
  /** Number of completed Lloyd iterations. */
  readonly iterations: number;
  /** Sum over the sample of the squared distance to the nearest centroid, before the last update. */
  readonly inertia: number;
}

/** The result of Lloyd iterations. */
export interface LloydEnd extends Fit {
  /** The state whose means are the centroids. */
  readonly state: LloydState;
}

/** Length of a step beyond the means, relative to the distance that the means moved in the last iteration. */
const MOMENTUM = 0.85;
/**
 * Maximum number of iterations that may repair clusters. When rows of several clusters are almost equal,
 * repairs would never end.
 */
const MAX_REPAIRS = 24;

/**
 * Euclidean k-means on unit rows: Lloyd's algorithm with Nesterov's momentum (1983), which on large sets
 * takes about half as many iterations. The centroids returned are plain means, not normalised again. An empty
 * cluster takes the row farthest from the centroid of the largest cluster.
 */
export async function fitKmeans(sample: RowView, options: FitOptions): Promise<Fit> {
  const start = await initialState(sample, options);
  const { centroids, iterations, inertia } = await iterate(sample, start, options, flatPass(sample, options));
  return { centroids, iterations, inertia };
}

/** The initial centroids. No row is labelled. */
export async function initialState(sample: RowView, options: FitOptions): Promise<Start> {
  const { k, progress } = options;
  progress({ step: 'k-means', done: 0, detail: 'initial centroids' });
  const state = {
    label: new Int32Array(sample.count).fill(-1),
    sums: new Float64Array(k * sample.store.dim),
    counts: new Float64Array(k),
  };
  return { centroids: await initialCentroids(sample, options), state };
}

/** Lloyd iterations that compare every row with every centroid. */
export const flatPass =
  (sample: RowView, options: StepOptions): LloydPass =>
  (centroids, state) =>
    options.kernels.lloydStep(sample, centroids, state, workFor(options));

/** Iterates until the improvement is small. `done` counts the iterations before these. */
export async function iterate(
  sample: RowView,
  { centroids: start, state }: Start,
  { maxIter, tol, signal, progress }: FitOptions,
  pass: LloydPass,
  done = 0,
): Promise<LloydEnd> {
  const { dim } = sample.store;
  let centroids = nearestCentroids(start, dim);
  const rule = new StepRule(tol, sample.count);
  let means = start;
  let inertia = Infinity;
  let iterations = done;
  let repairs = 0;
  while (iterations < maxIter) {
    const before = state.label.slice();
    await pass(centroids, state);
    const changed = countChanges(before, state.label);
    iterations++;
    inertia = inertiaOf(centroids, state, sample.count);
    progress({ step: 'k-means', done: iterations, detail: `inertia ${inertia.toPrecision(6)}` });
    const repaired = repairs < MAX_REPAIRS && repairEmpty(sample, centroids, state) > 0;
    if (repaired) repairs++;
    const earlier = means;
    means = meansOf(state, means, dim);
    const step = rule.next(inertia, changed, repaired);
    if (step === 'stop') break;
    centroids = nearestCentroids(step === 'means' ? means : extrapolate(means, earlier), dim);
    signal.throwIfAborted();
  }
  return { centroids: nearestCentroids(means, dim), iterations, inertia, state };
}

async function initialCentroids(sample: RowView, options: FitOptions): Promise<Float32Array> {
  if (options.init === 'random') return randomCentroids(sample, options.k, options.seed);
  if (options.init === 'k-means||') return scalableCentroids(sample, options);
  return options.init.slice();
}

function countChanges(before: Int32Array, now: Int32Array): number {
  let changed = 0;
  for (let row = 0; row < now.length; row++) if (now[row] !== before[row]) changed++;
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

/** The means, k × dim. A cluster that is still empty keeps its earlier mean. */
function meansOf({ sums, counts }: LloydState, earlier: Float32Array, dim: number): Float32Array {
  const means = earlier.slice();
  for (let c = 0; c < counts.length; c++) {
    const count = counts[c];
    if (count === 0) continue;
    for (let i = c * dim; i < (c + 1) * dim; i++) means[i] = sums[i] / count;
  }
  return means;
}

/** Moves past the means in the direction of their last change. */
function extrapolate(means: Float32Array, earlier: Float32Array): Float32Array {
  const ahead = new Float32Array(means.length);
  for (let i = 0; i < means.length; i++) ahead[i] = means[i] + MOMENTUM * (means[i] - earlier[i]);
  return ahead;
}
