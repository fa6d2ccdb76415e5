import type { Centroids, Kernels } from '../kernels/kernels.ts';
import type { Progress } from '../progress.ts';
import type { RowStore } from '../relation/rowStore.ts';
import { Simd } from '../simd/simd.ts';
import { squaredNorm } from './centroids.ts';

export interface AssignOptions {
  readonly kernels: Kernels;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** The columns of `kmeans`, by row of the store. */
export interface Assigned {
  readonly centroid: Int32Array;
  /** 1 − cosine of the row and its centroid, in [0, 2]. */
  readonly cosineDistance: Float32Array;
  /** Euclidean distance to the plain (not normalised) centroid. */
  readonly euclideanDistance: Float32Array;
  /** Rows of each centroid. */
  readonly counts: Float64Array;
}

/** Assigns every row of the store to its nearest centroid. */
export async function assignRows(store: RowStore, centroids: Centroids, options: AssignOptions): Promise<Assigned> {
  const { kernels, signal, progress } = options;
  const { rows, dim, blockRows } = store;
  const assigned: Assigned = {
    centroid: new Int32Array(rows),
    cosineDistance: new Float32Array(rows),
    euclideanDistance: new Float32Array(rows),
    counts: new Float64Array(centroids.k),
  };
  const distances = new Distances(centroids, blockRows);
  for (let start = 0; start < rows; start += blockRows) {
    const end = Math.min(rows, start + blockRows);
    const block = await kernels.upload(end - start, dim, (target, from, to) => store.copy(start + from, start + to, target));
    try {
      const { label } = await kernels.assign(block, centroids);
      assigned.centroid.set(label, start);
      for (const c of label) assigned.counts[c]++;
    } finally {
      block.free();
    }
    distances.measure(store, start, end, assigned);
    signal.throwIfAborted();
    progress({ step: 'assign', done: end, total: rows });
  }
  return assigned;
}

/** Measures rows against their centroids on the host, so that every backend reports the same distances. */
class Distances {
  readonly #simd = new Simd();
  readonly #dim: number;
  readonly #centroids: number;
  readonly #inverseNorms: number;
  readonly #rows: number;
  readonly #label: number;

  constructor({ k, dim, values }: Centroids, blockRows: number) {
    const simd = this.#simd;
    this.#dim = dim;
    this.#centroids = simd.allocate(k * dim * 4);
    this.#inverseNorms = simd.allocate(k * 4);
    this.#rows = simd.allocate(blockRows * dim * 4);
    this.#label = simd.allocate(blockRows * 12);
    simd.f32(this.#centroids, k * dim).set(values);
    const inverse = simd.f32(this.#inverseNorms, k);
    for (let c = 0; c < k; c++) {
      const norm = Math.sqrt(squaredNorm(values, c, dim));
      inverse[c] = norm > 0 ? 1 / norm : 0;
    }
  }

  measure(store: RowStore, start: number, end: number, { centroid, cosineDistance, euclideanDistance }: Assigned): void {
    const simd = this.#simd;
    const count = end - start;
    const cosine = this.#label + count * 4;
    const euclidean = cosine + count * 4;
    store.copy(start, end, simd.f32(this.#rows, count * this.#dim));
    simd.i32(this.#label, count).set(centroid.subarray(start, end));
    simd.call.distances(this.#rows, count, this.#dim, this.#label, this.#centroids, this.#inverseNorms, cosine, euclidean);
    cosineDistance.set(simd.f32(cosine, count), start);
    euclideanDistance.set(simd.f32(euclidean, count), start);
  }
}
