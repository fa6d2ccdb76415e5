import type { Simd } from '../../../simd/simd.ts';
import type { SharedCentroids } from '../lanes/laneCalls.ts';
import { quantizeRows, rightBytes, type RightBytes } from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Centroids per tile, so that one product with a tile of rows stays small. */
export const TILE_CENTROIDS = 1024;

/** Consecutive centroids as targets. */
export class CentroidTile {
  readonly rows: Rows;
  /** Index of the first. */
  readonly base: number;
  /** Address of their biases. */
  readonly bias: number;
  readonly #simd: Simd;
  readonly #dim: number;
  #bytes: RightBytes | undefined;
  readonly #allocated: number[] = [];

  constructor(simd: Simd, dim: number, rows: Rows, base: number, bias: number) {
    this.rows = rows;
    this.base = base;
    this.bias = bias;
    this.#simd = simd;
    this.#dim = dim;
  }

  /** The centroids as bytes. They are quantised at the first call. */
  bytes(): RightBytes {
    if (this.#bytes) return this.#bytes;
    const quantized = quantizeRows(this.#simd, this.rows, this.#dim);
    this.#bytes = rightBytes(this.#simd, quantized, 0, this.rows.rows, this.#dim);
    this.#allocated.push(quantized.scale, this.#bytes.bytes);
    return this.#bytes;
  }

  free(): void {
    for (const address of this.#allocated) this.#simd.free(address);
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

  /** Centroids `first` to `last` (exclusive) in tiles. */
  *tiles(first: number, last: number): Generator<CentroidTile> {
    for (let base = first; base < last; base += TILE_CENTROIDS) {
      const rows = Math.min(TILE_CENTROIDS, last - base);
      const key = `${base} ${rows}`;
      let tile = this.#tiles.get(key);
      if (!tile) {
        const placed = { address: this.address + base * this.dim * 4, rows };
        tile = new CentroidTile(this.#simd, this.dim, placed, base, this.bias + base * 4);
        this.#tiles.set(key, tile);
      }
      yield tile;
    }
  }

  free(): void {
    for (const tile of this.#tiles.values()) tile.free();
    this.#simd.free(this.address);
  }
}
