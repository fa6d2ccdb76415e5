import type { Simd } from './simd.ts';

/**
 * The fields of the class `Products` of `assembly/products.ts`, in the same order. They are documented there.
 */
export interface Products {
  readonly rows: number;
  readonly columns: number;
  readonly first: number;
  readonly last: number;
  readonly x: number;
  readonly refs: number;
  readonly dim: number;
  readonly bias: number;
  readonly error: number;
  readonly base: number;
  readonly row: number;
  readonly numbers: number;
  readonly y: number;
  readonly segments: number;
  readonly width: number;
  readonly step: number;
  readonly rowOffset: number;
  readonly columnOffset: number;
  readonly columnScale: number;
}

/** Size of `Products` in linear memory. */
export const PRODUCTS_BYTES = 19 * 4;

/** Writes the fields to an address. */
export function writeProducts(simd: Simd, address: number, p: Products): void {
  simd
    .i32(address, PRODUCTS_BYTES / 4)
    .set([
      p.rows,
      p.columns,
      p.first,
      p.last,
      p.x,
      p.refs,
      p.dim,
      p.bias,
      p.error,
      p.base,
      p.row,
      p.numbers,
      p.y,
      p.segments,
      p.width,
      p.step,
      p.rowOffset,
      p.columnOffset,
      p.columnScale,
    ]);
}
