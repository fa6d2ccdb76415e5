import type { Assignment, Centroids, Kernels } from '../kernels/kernels.ts';
import type { Progress } from '../progress.ts';
import type { RowStore } from '../rows/rowStore.ts';
import { fromStored } from '../rows/storedRows.ts';
import { squaredNorm } from './centroids.ts';
import { uploadStored } from './uploadStored.ts';

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
export async function assignRows(
  store: RowStore,
  centroids: Centroids,
  options: AssignOptions,
): Promise<Assigned> {
  const { kernels, signal, progress } = options;
  const { rows } = store;
  const blockRows = rowsAtOnce(store, kernels);
  const assigned: Assigned = {
    centroid: new Int32Array(rows),
    cosineDistance: new Float32Array(rows),
    euclideanDistance: new Float32Array(rows),
    counts: new Float64Array(centroids.k),
  };
  const distances = new Distances(centroids);
  const stored = store.stored();
  progress({ step: 'assign', done: 0, total: rows });
  for (let start = 0; start < rows; start += blockRows) {
    const end = Math.min(rows, start + blockRows);
    const block = await uploadStored(kernels, fromStored(stored, start), end - start, true);
    try {
      const found = await kernels.assign(block, centroids);
      assigned.centroid.set(found.label, start);
      for (const c of found.label) assigned.counts[c]++;
      distances.measure(store, start, found, assigned);
    } finally {
      block.free();
    }
    signal.throwIfAborted();
    progress({ step: 'assign', done: end, total: rows });
  }
  return assigned;
}

/** Rows a call: whole blocks of the store, as many as are of use to the backend. */
function rowsAtOnce({ blockRows, dim }: RowStore, kernels: Kernels): number {
  return blockRows * Math.max(1, Math.floor(kernels.blockRows(dim) / blockRows));
}

/** Below this, ‖x‖² − 2 x·c + ‖c‖² has lost its digits, and the difference is summed. */
const NEAR = 1e-3;

/** Distances of rows to their centroids from the dot products that the backend found. */
class Distances {
  readonly #centroids: Centroids;
  readonly #norms: Float64Array;
  readonly #row: Float32Array;

  constructor(centroids: Centroids) {
    this.#centroids = centroids;
    this.#norms = Float64Array.from({ length: centroids.k }, (_, c) =>
      squaredNorm(centroids.values, c, centroids.dim),
    );
    this.#row = new Float32Array(centroids.dim);
  }

  measure(store: RowStore, start: number, { label, dot }: Assignment, into: Assigned): void {
    for (let i = 0; i < label.length; i++) {
      const norm = this.#norms[label[i]];
      const squared = 1 - 2 * dot[i] + norm;
      const exact = squared < NEAR ? this.#difference(store, start + i, label[i]) : squared;
      into.euclideanDistance[start + i] = Math.sqrt(exact);
      into.cosineDistance[start + i] = norm > 0 ? Math.max(0, 1 - dot[i] / Math.sqrt(norm)) : 1;
    }
  }

  #difference(store: RowStore, row: number, c: number): number {
    const { dim, values } = this.#centroids;
    store.copy(row, row + 1, this.#row);
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += (this.#row[i] - values[c * dim + i]) ** 2;
    return sum;
  }
}
