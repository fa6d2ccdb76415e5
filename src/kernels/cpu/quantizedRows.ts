import type { Simd } from '../../simd/simd.ts';
import type { Rows } from './search.ts';

/** Rows as bytes in SIMD memory: element ≈ byte · scale of the row. */
export interface QuantizedRows {
  readonly bytes: number;
  /** One float a row. */
  readonly scale: number;
  /** One float a row: the length of what quantisation lost. */
  readonly error: number;
  /** The scale of all rows, where it is one. */
  readonly uniform: number;
  free(): void;
}

/**
 * Quantises rows: signed bytes for the right side of a product, or bytes plus 128 (`unsigned`) for the left. With
 * `uniform` all rows share one scale, which a product with a bias needs.
 */
export function quantizeRows(simd: Simd, { address, rows }: Rows, dim: number, unsigned: boolean, uniform: boolean): QuantizedRows {
  const scale = simd.allocate(rows * 8 + rows * dim);
  const error = scale + rows * 4;
  const bytes = error + rows * 4;
  const step = uniform ? simd.call.maxAbs(address, rows * dim) / 127 : 0;
  simd.call.quantize(address, rows, dim, bytes, scale, error, unsigned, step);
  return { bytes, scale, error, uniform: step, free: () => simd.free(scale) };
}
