import type { Centroids } from '../../kernels.ts';
import type { SharedCentroids } from './laneCalls.ts';

/** Copies of centroids in memory that all lanes can read. Each is copied once. */
export class CentroidCopies {
  readonly #copies = new WeakMap<Centroids, SharedCentroids>();
  #lastId = 0;

  of(centroids: Centroids): SharedCentroids {
    const known = this.#copies.get(centroids);
    if (known) return known;
    const { k, dim } = centroids;
    const values = new Float32Array(new SharedArrayBuffer(k * dim * 4));
    const bias = new Float32Array(new SharedArrayBuffer(k * 4));
    values.set(centroids.values);
    bias.set(centroids.bias);
    const copy = { id: ++this.#lastId, k, dim, values, bias, largestNorm: largestNorm(centroids) };
    this.#copies.set(centroids, copy);
    return copy;
  }
}

function largestNorm({ k, dim, values }: Centroids): number {
  let largest = 0;
  for (let c = 0; c < k; c++) {
    let sum = 0;
    for (let i = c * dim; i < (c + 1) * dim; i++) sum += values[i] * values[i];
    if (sum > largest) largest = sum;
  }
  return Math.sqrt(largest);
}
