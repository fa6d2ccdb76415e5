import { copyStored, type StoredRows } from '../../rows/storedRows.ts';
import type { Simd } from '../../simd/simd.ts';
import {
  largestError,
  leftBytes,
  quantizeRows,
  type LeftBytes,
  type QuantizedRows,
} from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Up to `TILE_ROWS` rows in SIMD memory, for the left side of products with a bias. */
export class Tile implements Rows {
  readonly address: number;
  readonly rows: number;
  readonly #dim: number;
  readonly #simd: Simd;
  #quantized: QuantizedRows | undefined;

  constructor(simd: Simd, stored: StoredRows, start: number, rows: number, dim: number) {
    this.rows = rows;
    this.#dim = dim;
    this.#simd = simd;
    this.address = simd.allocate(rows * dim * 4);
    copyStored(stored, start, start + rows, simd.f32(this.address, rows * dim));
  }

  /** The rows as bytes with one scale, kept; undefined when that loses more than `tolerance` of a row. */
  bytes(tolerance = Infinity): LeftBytes | undefined {
    const { rows } = this;
    this.#quantized ??= quantizeRows(this.#simd, this, this.#dim, { side: 'left', uniform: true });
    const lost = tolerance < Infinity ? largestError(this.#simd, this.#quantized, rows) : 0;
    return lost <= tolerance ? leftBytes(this.#quantized, 0, this.#dim) : undefined;
  }

  free(): void {
    this.#quantized?.free();
    this.#simd.free(this.address);
  }
}
