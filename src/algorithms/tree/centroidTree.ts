import type { Centroids } from '../../kernels/kernels.ts';
import { everything } from '../../kernels/pairs.ts';
import { viewOf } from '../../rows/rowView.ts';
import { squaredNorm } from '../centroids.ts';
import { fitKmeans } from '../fit.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';
import { branchCount } from './costModel.ts';

/** Lloyd iterations for the branches. Few suffice, because branches need not be optimal. */
const MAX_ITERATIONS = 10;
const TOLERANCE = 1e-3;

/** Centroids grouped into branches of similar direction. */
export interface CentroidTree {
  readonly centroids: Centroids;
  /**
   * Numbers of centroids: branch b contains `numbers[offsets[b]]` to `numbers[offsets[b + 1] − 1]`,
   * ascending.
   */
  readonly numbers: Int32Array;
  readonly offsets: Float64Array;
  /**
   * One unit vector per branch, without a bias. Rows and centroids belong to the branch with the most similar
   * direction.
   */
  readonly directions: Centroids;
}

/** Creates branches by spherical k-means of the centroids. */
export async function growTree(
  centroids: Centroids,
  options: StepOptions & { readonly seed: number },
): Promise<CentroidTree> {
  const { dim } = centroids;
  const means = await fitKmeans(viewOf(unitVectors(centroids.values, dim), dim), {
    ...options,
    progress: () => {},
    k: branchCount(centroids.k),
    maxIter: MAX_ITERATIONS,
    tol: TOLERANCE,
    init: 'k-means||',
    oversamplingFactor: 2,
  });
  return replant(withoutBias(unitVectors(means.centroids.values, dim), dim), centroids, options);
}

/** Distributes centroids among existing branches. */
export async function replant(
  directions: Centroids,
  centroids: Centroids,
  options: StepOptions,
): Promise<CentroidTree> {
  const { k, dim, values } = centroids;
  const points = viewOf(unitVectors(values, dim), dim);
  const pairs = everything(k, directions.k);
  const { index } = await options.kernels.search(points, directions, pairs, BEST, workFor(options));
  const members = Array.from({ length: directions.k }, (): number[] => []);
  for (let c = 0; c < k; c++) members[index[c]].push(c);
  const offsets = new Float64Array(directions.k + 1);
  members.forEach(({ length }, b) => (offsets[b + 1] = offsets[b] + length));
  return { centroids, numbers: Int32Array.from(members.flat()), offsets, directions };
}

/** Vectors to compare by their dot product alone. */
export const withoutBias = (values: Float32Array, dim: number): Centroids => {
  const k = values.length / dim;
  return { k, dim, values, bias: new Float32Array(k) };
};

/** The centroids with these numbers, in this order. */
export function pickCentroids({ dim, values, bias }: Centroids, numbers: Int32Array): Centroids {
  return { k: numbers.length, dim, values: pick(values, numbers, dim), bias: pick(bias, numbers, 1) };
}

/** Rows with these numbers. */
function pick(values: Float32Array, numbers: ArrayLike<number>, dim: number): Float32Array {
  const picked = new Float32Array(numbers.length * dim);
  for (let i = 0; i < numbers.length; i++) {
    picked.set(values.subarray(numbers[i] * dim, (numbers[i] + 1) * dim), i * dim);
  }
  return picked;
}

/** Scales vectors to unit length. Zero vectors stay zero. */
function unitVectors(values: Float32Array, dim: number): Float32Array {
  const units = values.slice();
  for (let row = 0; row < values.length / dim; row++) {
    const norm = Math.sqrt(squaredNorm(values, row, dim));
    if (norm > 0) for (let i = row * dim; i < (row + 1) * dim; i++) units[i] = values[i] / norm;
  }
  return units;
}
