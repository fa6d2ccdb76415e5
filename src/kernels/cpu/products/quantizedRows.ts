import type { Simd } from '../../../simd/simd.ts';
import type { Rows } from './rows.ts';

/** Rows as bytes in SIMD memory: element ≈ byte · scale of the row. */
export interface QuantizedRows {
  /** Bytes plus 128, row-major: the left side of a product. */
  readonly bytes: number;
  /** One float per row. */
  readonly scale: number;
  /** One float per row: the length of the quantisation error. */
  readonly error: number;
  free(): void;
}

/** Quantises rows, each with a scale of its own. */
export function quantizeRows(simd: Simd, { address, rows }: Rows, dim: number): QuantizedRows {
  const size = rows * dim;
  const scale = simd.allocate(rows * 8 + size);
  const error = scale + rows * 4;
  const bytes = error + rows * 4;
  simd.call.quantize(address, rows, dim, bytes, scale, error, 0);
  return { bytes, scale, error, free: () => simd.free(scale) };
}

/** The left side of an int8 product. */
export interface LeftBytes {
  /** rows × dim bytes plus 128. */
  readonly bytes: number;
  readonly scale: number;
  readonly error: number;
  /**
   * For rows quantised minus a mean: the lengths of the differences, and the terms that their products lack.
   */
  readonly centred?: { readonly norm: number; readonly offset: number };
}

/** The right side of an int8 product. */
export interface RightBytes {
  /** dim × rows signed bytes. */
  readonly bytes: number;
  readonly scale: number;
  /** The largest quantisation error of a row. */
  readonly lost: number;
  /**
   * For rows quantised minus a mean: the largest length of a difference, and the terms that their products
   * lack.
   */
  readonly centred?: { readonly largestNorm: number; readonly offset: number };
}

/** The rows that start at `row` as a left side. It shares their memory. */
export function leftBytes(rows: Omit<QuantizedRows, 'free'>, row: number, dim: number): LeftBytes {
  return {
    bytes: rows.bytes + row * dim,
    scale: rows.scale + row * 4,
    error: rows.error + row * 4,
  };
}

/** Rows `start` to `end` as a right side. The caller frees `bytes`. */
export function rightBytes(
  simd: Simd,
  rows: Omit<QuantizedRows, 'free'>,
  start: number,
  end: number,
  dim: number,
): RightBytes {
  const bytes = simd.allocate((end - start) * dim);
  simd.call.transpose(rows.bytes + start * dim, end - start, dim, bytes);
  return {
    bytes,
    scale: rows.scale + start * 4,
    lost: simd.call.maxAbs(rows.error + start * 4, end - start),
  };
}
