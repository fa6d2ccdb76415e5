import type { Simd } from '../../simd/simd.ts';
import type { Rows } from './rows.ts';

/** Rows as bytes in SIMD memory: element ≈ byte · scale of the row. */
export interface QuantizedRows {
  /** Bytes plus 128, for the left side of a product; 0 where they were not asked for. */
  readonly unsigned: number;
  /** Signed bytes, for the right side; 0 where they were not asked for. */
  readonly signed: number;
  /** One float a row. */
  readonly scale: number;
  /** One float a row: the length of what quantisation lost. */
  readonly error: number;
  /** The scale of all rows, where it is one; else 0. */
  readonly uniform: number;
  free(): void;
}

export interface QuantizeOptions {
  readonly sides: 'left' | 'right' | 'both';
  /** One scale for all rows, which the left side of a product with a bias needs. */
  readonly uniform?: boolean;
}

/** Quantises rows for one or both sides of an int8 product. */
export function quantizeRows(
  simd: Simd,
  { address, rows }: Rows,
  dim: number,
  { sides, uniform = false }: QuantizeOptions,
): QuantizedRows {
  const size = rows * dim;
  const scale = simd.allocate(rows * 8 + (sides === 'both' ? 2 * size : size));
  const error = scale + rows * 4;
  const bytes = error + rows * 4;
  const unsigned = sides === 'right' ? 0 : bytes;
  const signed = sides === 'left' ? 0 : sides === 'right' ? bytes : bytes + size;
  const step = uniform ? simd.call.maxAbs(address, size) / 127 : 0;
  simd.call.quantize(address, rows, dim, unsigned, signed, scale, error, step);
  return { unsigned, signed, scale, error, uniform: step, free: () => simd.free(scale) };
}

/** The same rows from row `row` on. */
export function fromRow(rows: QuantizedRows, row: number, dim: number): QuantizedRows {
  return {
    ...rows,
    unsigned: rows.unsigned && rows.unsigned + row * dim,
    signed: rows.signed && rows.signed + row * dim,
    scale: rows.scale + row * 4,
    error: rows.error + row * 4,
  };
}

/** The largest quantisation error of the first `rows` rows. */
export function largestError(simd: Simd, { error }: QuantizedRows, rows: number): number {
  return simd.call.maxAbs(error, rows);
}
