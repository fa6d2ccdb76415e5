import { copyView, pickRows, type RowView } from '../../../rows/rowView.ts';
import type { Simd } from '../../../simd/simd.ts';

/** Number of rows from which a mean is computed. Any vector near the rows is sufficient. */
const MEAN_ROWS = 16;
/** The minimum size of a cluster for which a mean is subtracted. */
const MIN_ROWS = 64;
/**
 * The minimum squared length of a mean that is subtracted. It is approximately the mean similarity of two
 * rows.
 */
const MIN_SQUARED_LENGTH = 0.5;

/** A vector near several rows, which is subtracted from them. */
export interface Mean {
  /** Address of the vector; 0 for none. */
  readonly mean: number;
  /** Squared length of the vector. */
  readonly squared: number;
}

/** Nothing is subtracted. */
export const NO_MEAN: Mean = { mean: 0, squared: 0 };

/** Consecutive rows, and a vector near all of them. */
export interface MeanRange extends Mean {
  readonly start: number;
  readonly end: number;
}

/**
 * Ranges of rows (clusters), each with the approximate mean of its rows if the rows are similar. Differences
 * of similar rows and their mean are short, so quantising them loses less.
 */
export class ClusterMeans {
  readonly ranges: readonly MeanRange[];
  readonly #simd: Simd;
  readonly #dim: number;
  readonly #allocated: number[] = [];

  /** `offsets` are the bounds of the ranges. */
  constructor(simd: Simd, rows: RowView, offsets: Float64Array) {
    this.#simd = simd;
    this.#dim = rows.store.dim;
    this.ranges = Array.from({ length: offsets.length - 1 }, (_, c) => {
      const [start, end] = [offsets[c], offsets[c + 1]];
      return { start, end, ...this.#mean(rows, start, end) };
    });
  }

  /** The mean of the rows, or none when subtracting it gains too little. */
  #mean(rows: RowView, start: number, end: number): Mean {
    if (end - start < MIN_ROWS) return NO_MEAN;
    const simd = this.#simd;
    const dim = this.#dim;
    const size = MEAN_ROWS * dim * 4;
    const mean = simd.allocate(dim * 4 + 4);
    const address = simd.allocate(size);
    const stride = (end - start) / MEAN_ROWS;
    const picked = Int32Array.from({ length: MEAN_ROWS }, (_, i) => start + Math.floor(i * stride));
    copyView(pickRows(rows, picked), 0, MEAN_ROWS, simd.f32(address, MEAN_ROWS * dim));
    simd.call.meanRow(address, MEAN_ROWS, dim, mean);
    simd.call.dots(mean, 1, dim, mean, mean + dim * 4);
    simd.free(address);
    const [squared] = simd.f32(mean + dim * 4, 1);
    if (squared > MIN_SQUARED_LENGTH) {
      this.#allocated.push(mean);
      return { mean, squared };
    }
    simd.free(mean);
    return NO_MEAN;
  }

  free(): void {
    for (const mean of this.#allocated) this.#simd.free(mean);
  }
}
