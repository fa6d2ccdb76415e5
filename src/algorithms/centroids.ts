import type { Centroids } from '../kernels/kernels.ts';

/** Centroids with bias −‖c‖²/2, for which the largest x·c + bias belongs to the nearest centroid. */
export function nearestCentroids(values: Float32Array, dim: number): Centroids {
  const k = values.length / dim;
  const bias = new Float32Array(k);
  for (let c = 0; c < k; c++) bias[c] = -squaredNorm(values, c, dim) / 2;
  return { k, dim, values, bias };
}

/** ‖c‖² in float64. */
export function squaredNorm(values: Float32Array | Float64Array, row: number, dim: number): number {
  let sum = 0;
  for (let i = row * dim; i < (row + 1) * dim; i++) sum += values[i] * values[i];
  return sum;
}

/** The dot product in float64. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
