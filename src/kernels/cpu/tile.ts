import { copyStored, pickStored, type StoredRows } from '../../rows/storedRows.ts';
import type { Simd } from '../../simd/simd.ts';
import { leftBytes, quantizeRows, type LeftBytes, type QuantizedRows } from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Up to `TILE_ROWS` rows in SIMD memory, as float32, as bytes or both: the left side of products with a bias. */
export class Tile implements Rows {
  readonly rows: number;
  readonly #dim: number;
  readonly #simd: Simd;
  readonly #stored: StoredRows;
  #address: number | undefined;
  #quantized: QuantizedRows | undefined;

  constructor(simd: Simd, stored: StoredRows, rows: number, dim: number) {
    this.rows = rows;
    this.#dim = dim;
    this.#simd = simd;
    this.#stored = stored;
  }

  /** The rows, copied at the first call. */
  get address(): number {
    if (this.#address !== undefined) return this.#address;
    const address = this.#simd.allocate(this.rows * this.#dim * 4);
    copyStored(this.#stored, 0, this.rows, this.#simd.f32(address, this.rows * this.#dim));
    return (this.#address = address);
  }

  /** Copies the rows listed to `address`. */
  copyRows(list: Int32Array, address: number): void {
    const target = this.#simd.f32(address, list.length * this.#dim);
    copyStored(pickStored(this.#stored, list), 0, list.length, target);
  }

  /** The rows as bytes with one scale, kept; undefined when that loses more than `tolerance` of a row. */
  bytes(tolerance = Infinity): LeftBytes | undefined {
    this.#quantized ??= quantizeRows(this.#simd, this, this.#dim, { uniform: true });
    const lost = tolerance < Infinity ? this.#simd.call.maxAbs(this.#quantized.error, this.rows) : 0;
    return lost <= tolerance ? leftBytes(this.#quantized, 0, this.#dim) : undefined;
  }

  /** Lets the float32 rows go; they are copied again when they are needed. */
  dropRows(): void {
    if (this.#address !== undefined) this.#simd.free(this.#address);
    this.#address = undefined;
  }

  free(): void {
    this.dropRows();
    this.#quantized?.free();
    this.#quantized = undefined;
  }
}
