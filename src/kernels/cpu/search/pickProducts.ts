import { PRODUCTS_BYTES, writeProducts } from '../../../simd/products.ts';
import type { Simd } from '../../../simd/simd.ts';
import type { SearchTile } from './searchTile.ts';

/**
 * Products stored as bytes: the addresses of their segments, and the parameters that convert them to floats.
 * Address 0 means none.
 */
export interface ByteProducts {
  readonly segments: number;
  readonly width: number;
  readonly step: Float32Array;
  readonly rowOffset: number;
  readonly columnOffset: number;
}

/** Products stored as 32-bit integers: the addresses of a float per row and per target that they are multiplied by. */
export interface IntegerProducts {
  readonly step: number;
  readonly columnScale: number;
}

/** Approximate products of a tile. */
export interface TileProducts {
  /** The address of the products. If undefined, they are bytes. */
  readonly y?: number;
  /** If undefined, products at `y` are floats and contain the bias. */
  readonly integers?: IntegerProducts;
  readonly bytes?: ByteProducts;
  /** Per row, the maximum by which the exact products exceed the approximate ones. */
  readonly error?: Float32Array;
  /** Maximum number of exact comparisons per row. */
  readonly limit?: number;
  /** Numbers of the rows in the results, if they are not consecutive. */
  readonly numbers?: Int32Array;
}

/** A tile, and what receives its products. */
type PickedTile<Picked> = Omit<SearchTile, 'collector'> & {
  readonly collector: { pick(products: number, rows: number, limit: number): Picked };
};

/** Updates the results of a tile's rows. Returns the rows that need more than `limit` exact comparisons. */
export function pickProducts<Picked>(
  simd: Simd,
  { x, targets, dim, bias = 0, base = 0, ranges, collector, row }: PickedTile<Picked>,
  { y = 0, integers, bytes, error, limit = Infinity, numbers }: TileProducts,
): Picked {
  const { rows } = x;
  const columns = [error, bytes?.step, ranges?.first, ranges?.last, numbers];
  const start = simd.allocate(PRODUCTS_BYTES + columns.length * rows * 4);
  try {
    const [errors, step, first, last, placedNumbers] = columns.map((column, i) => {
      const address = start + PRODUCTS_BYTES + i * rows * 4;
      if (column instanceof Int32Array) simd.i32(address, rows).set(column);
      else if (column) simd.f32(address, rows).set(column);
      return column ? address : 0;
    });
    writeProducts(simd, start, {
      rows,
      columns: targets.rows,
      first,
      last,
      x: x.address,
      refs: targets.address,
      dim,
      bias,
      error: errors,
      base,
      row,
      numbers: placedNumbers,
      y,
      segments: bytes?.segments ?? 0,
      width: bytes?.width ?? 0,
      step: integers?.step ?? step,
      rowOffset: bytes?.rowOffset ?? 0,
      columnOffset: bytes?.columnOffset ?? 0,
      columnScale: integers?.columnScale ?? 0,
    });
    return collector.pick(start, rows, limit);
  } finally {
    simd.free(start);
  }
}
