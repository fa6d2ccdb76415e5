import { copyView, pickRows, type RowView } from '../../../rows/rowView.ts';
import type { Simd } from '../../../simd/simd.ts';
import { leftBytes, quantizeRows, type LeftBytes, type QuantizedRows } from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Rows per tile. One product takes one tile, so that rows, bytes and products stay in a core's cache. */
export const TILE_ROWS = 512;

/**
 * Up to `TILE_ROWS` rows in SIMD memory, as float32, as bytes or both: the left side of products with a bias.
 */
export class Tile implements Rows {
  readonly rows: number;
  readonly dim: number;
  readonly #simd: Simd;
  readonly #view: RowView;
  #address: number | undefined;
  #quantized: QuantizedRows | undefined;

  constructor(simd: Simd, view: RowView) {
    this.rows = view.count;
    this.dim = view.store.dim;
    this.#simd = simd;
    this.#view = view;
  }

  /** The address of the rows. They are copied at the first call. */
  get address(): number {
    if (this.#address !== undefined) return this.#address;
    const address = this.#simd.allocate(this.rows * this.dim * 4);
    try {
      copyView(this.#view, 0, this.rows, this.#simd.f32(address, this.rows * this.dim));
    } catch (error) {
      this.#simd.free(address);
      throw error;
    }
    return (this.#address = address);
  }

  /** Returns true when the other tile holds the same rows of the same list or store. */
  isSame(tile: Tile): boolean {
    return tile.rows === this.rows && tile.#view.start === this.#view.start;
  }

  /** Rows `start` to `end` (exclusive). */
  slice(start: number, end: number): Rows {
    return { address: this.address + start * this.dim * 4, rows: end - start };
  }

  /** Copies the rows with these numbers to `address`. */
  copyRows(numbers: Int32Array, address: number): void {
    const target = this.#simd.f32(address, numbers.length * this.dim);
    copyView(pickRows(this.#view, numbers), 0, numbers.length, target);
  }

  /**
   * The rows that start at `start` as bytes. They are kept. Returns undefined when the
   * quantisation error of a row exceeds `tolerance`.
   */
  bytes(start = 0, tolerance = Infinity): LeftBytes | undefined {
    this.#quantized ??= quantizeRows(this.#simd, this, this.dim);
    const lost = tolerance < Infinity ? this.#simd.call.maxAbs(this.#quantized.error, this.rows) : 0;
    return lost <= tolerance ? leftBytes(this.#quantized, start, this.dim) : undefined;
  }

  /** Frees the float32 rows. They are copied again when needed. */
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
