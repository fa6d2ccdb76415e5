import type { Simd } from '../../../simd/simd.ts';
import type { SharedCentroids } from '../lanes/laneCalls.ts';
import { quantizeRows, rightBytes, type QuantizedRows, type RightBytes } from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Centroids per tile, so that one product with a tile of rows stays small. */
export const TILE_CENTROIDS = 2048;

/** Size of a row of bytes as 16-bit values. */
export const wideBytes = (dim: number): number => 16 * Math.ceil(dim / 8);

/** Consecutive centroids as targets. */
export class CentroidTile {
  readonly rows: Rows;
  /** Index of the first. */
  readonly base: number;
  /** Address of their biases. */
  readonly bias: number;
  readonly #simd: Simd;
  readonly #centroids: SimdCentroids;
  #bytes: RightBytes | undefined;

  constructor(simd: Simd, centroids: SimdCentroids, base: number, rows: number) {
    const { address, dim, bias } = centroids;
    this.rows = { address: address + base * dim * 4, rows };
    this.base = base;
    this.bias = bias + base * 4;
    this.#simd = simd;
    this.#centroids = centroids;
  }

  /** The centroids as bytes. */
  bytes(): RightBytes {
    const { base, rows } = this;
    const { dim } = this.#centroids;
    return (this.#bytes ??= rightBytes(this.#simd, this.#centroids.bytes(), base, base + rows.rows, dim));
  }

  free(): void {
    if (this.#bytes) this.#simd.free(this.#bytes.bytes);
  }
}

/** Centroids in a lane's memory. */
export class SimdCentroids {
  readonly id: number;
  readonly k: number;
  readonly dim: number;
  /** All of them, k × dim. */
  readonly address: number;
  readonly largestNorm: number;
  readonly #simd: Simd;
  /** Address of their biases. */
  readonly bias: number;
  /** By first and last centroid. */
  readonly #tiles = new Map<string, CentroidTile>();
  #bytes: QuantizedRows | undefined;
  #wide: number | undefined;

  constructor(simd: Simd, { id, k, dim, values, bias, largestNorm }: SharedCentroids) {
    this.id = id;
    this.k = k;
    this.dim = dim;
    this.largestNorm = largestNorm;
    this.#simd = simd;
    this.address = simd.allocate(k * (dim + 1) * 4);
    this.bias = this.address + k * dim * 4;
    simd.f32(this.address, k * dim).set(values);
    simd.f32(this.bias, k).set(bias);
  }

  /** All centroids as bytes. They are quantised at the first call. */
  bytes(): QuantizedRows {
    return (this.#bytes ??= quantizeRows(this.#simd, { address: this.address, rows: this.k }, this.dim));
  }

  /** The address of the bytes as 16-bit values, for `bestOfNearBytes`. */
  wideBytes(): number {
    if (this.#wide !== undefined) return this.#wide;
    const wide = this.#simd.allocate(this.k * wideBytes(this.dim));
    this.#simd.call.widen(this.bytes().bytes, this.k, this.dim, wide);
    return (this.#wide = wide);
  }

  /** Centroids `first` to `last` (exclusive) in tiles. */
  *tiles(first: number, last: number): Generator<CentroidTile> {
    for (let base = first; base < last; base += TILE_CENTROIDS) {
      const rows = Math.min(TILE_CENTROIDS, last - base);
      const key = `${base} ${rows}`;
      let tile = this.#tiles.get(key);
      if (!tile) this.#tiles.set(key, (tile = new CentroidTile(this.#simd, this, base, rows)));
      yield tile;
    }
  }

  free(): void {
    for (const tile of this.#tiles.values()) tile.free();
    this.#bytes?.free();
    if (this.#wide !== undefined) this.#simd.free(this.#wide);
    this.#simd.free(this.address);
  }
}
