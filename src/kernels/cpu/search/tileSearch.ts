import type { Simd } from '../../../simd/simd.ts';
import type { Graphs } from '../products/graphs.ts';
import type { Int8Support } from '../products/int8Support.ts';
import type { LeftBytes, RightBytes } from '../products/quantizedRows.ts';
import { pickProducts } from './pickProducts.ts';
import type { SearchTile } from './searchTile.ts';

/** Both sides of a product as bytes. */
export interface TileBytes {
  readonly x: LeftBytes;
  readonly targets: RightBytes;
}

/** The resources of a lane. */
export interface Tools {
  readonly simd: Simd;
  readonly graphs: Graphs;
  readonly support: Int8Support;
  readonly search: TileSearch;
}

/**
 * Maximum number of exact comparisons per row. A row that needs more is searched again with float32 products.
 */
export const MAX_CANDIDATES = 96;
/** Rows searched again at a time. */
const RETRY_ROWS = 256;

/** Finds targets of many rows. Matrix products propose candidates; exact dot products decide. */
export class TileSearch {
  readonly #simd: Simd;
  readonly #graphs: Graphs;
  readonly #support: Int8Support;

  constructor(simd: Simd, graphs: Graphs, support: Int8Support) {
    this.#simd = simd;
    this.#graphs = graphs;
    this.#support = support;
  }

  /**
   * Updates the results of rows `x` with targets `targets`. `bytes` returns both as bytes, if int8 products
   * may be tried.
   */
  async improve(tile: SearchTile, bytes?: () => TileBytes): Promise<void> {
    if (bytes && this.#support.shouldTryNext()) {
      const open = await this.#int8(tile, bytes());
      this.#support.record(open.length, tile.x.rows);
      await this.retryFloat32(tile, open);
    } else await this.#float32(tile);
  }

  /** Gathers several rows of a tile and searches them again with float32 products. */
  async retryFloat32({ x, targets, dim, row, ranges, ...rest }: SearchTile, open: Int32Array): Promise<void> {
    const simd = this.#simd;
    for (let start = 0; start < open.length; start += RETRY_ROWS) {
      const batch = open.subarray(start, start + RETRY_ROWS);
      const address = simd.allocate(batch.length * dim * 4);
      batch.forEach((row, i) => {
        simd.u8(address + i * dim * 4, dim * 4).set(simd.u8(x.address + row * dim * 4, dim * 4));
      });
      const picked = ranges && {
        first: batch.map((row) => ranges.first[row]),
        last: batch.map((row) => ranges.last[row]),
      };
      const rows = picked ? picked.last.reduce((most, last) => Math.max(most, last), 0) : targets.rows;
      try {
        const gathered = { address, rows: batch.length };
        await this.#float32(
          { ...rest, dim, x: gathered, row: 0, targets: { ...targets, rows }, ranges: picked },
          batch.map((open) => row + open),
        );
      } finally {
        simd.free(address);
      }
    }
  }

  /** Uses int8 products. Returns the rows that remain undecided. */
  async #int8(tile: SearchTile, bytes: TileBytes): Promise<Int32Array> {
    const simd = this.#simd;
    const { x, targets, dim, targetNorm = 1 } = tile;
    const y = simd.allocate(x.rows * targets.rows * 4);
    try {
      const { lost, bytes: b, scale: columnScale } = bytes.targets;
      await this.#graphs.int8(simd, { a: bytes.x.bytes, m: x.rows, b, n: targets.rows, dim, y });
      const rounding = float32Error(dim, targetNorm);
      const error = simd
        .f32(bytes.x.error, x.rows)
        .map((xLost) => productError(xLost, 1, lost, targetNorm) + rounding);
      const integers = { step: bytes.x.scale, columnScale };
      return pickProducts(simd, tile, { y, integers, error, limit: MAX_CANDIDATES });
    } finally {
      simd.free(y);
    }
  }

  /** `numbers` are the numbers of the rows in the results, if they are not consecutive. */
  async #float32(tile: SearchTile, numbers?: Int32Array): Promise<void> {
    const simd = this.#simd;
    const { x, targets, dim, bias = 0, targetNorm = 1 } = tile;
    const y = simd.allocate(x.rows * targets.rows * 4);
    const product = { a: x.address, m: x.rows, b: targets.address, n: targets.rows, dim, y };
    try {
      await this.#graphs.float32(simd, product, bias);
      const error = new Float32Array(x.rows).fill(float32Error(dim, targetNorm));
      pickProducts(simd, tile, { y, error, limit: targets.rows, numbers });
    } finally {
      simd.free(y);
    }
  }
}

/**
 * An upper bound of |x·r − x̂·r̂|, where x̂ and r̂ are the quantised x and r: ‖x − x̂‖ ‖r̂‖ + ‖x‖ ‖r − r̂‖.
 * The arguments are the quantisation errors and lengths of x and r.
 */
export const productError = (xLost: number, xNorm: number, targetLost: number, targetNorm: number): number =>
  xLost * (targetNorm + targetLost) + xNorm * targetLost;

/**
 * An upper bound of the difference between two float32 products of a unit row and a target: one summed in any
 * order, the other in the order of `dot` (16 sums). Each addition rounds by at most 2⁻²⁴ of the sum of
 * magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
 */
export const float32Error = (dim: number, targetNorm: number): number =>
  (1.1 * dim + 32) * 2 ** -24 * Math.max(1, targetNorm);
