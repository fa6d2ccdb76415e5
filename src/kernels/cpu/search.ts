import type { Simd } from '../../simd/simd.ts';
import type { Graphs } from './graphs.ts';
import type { Int8Support } from './int8Support.ts';
import type { LeftBytes, RightBytes } from './quantizedRows.ts';
import type { Rows } from './rows.ts';

/** Best score and index so far of some rows, in SIMD memory. */
export interface Best {
  readonly score: number;
  readonly index: number;
}

/** References a row may match: `first` to `last` − 1, by row. */
export interface Ranges {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Rows and the references they are searched in. */
export interface SearchTile {
  readonly dim: number;
  readonly x: Rows;
  readonly refs: Rows;
  /** Best so far of the rows of x, to be improved. */
  readonly best: Best;
  /** Address of a float added to each reference's products, or 0. */
  readonly bias?: number;
  /** Index of the first reference. */
  readonly base?: number;
  readonly ranges?: Ranges;
  /** An upper bound of the references' lengths; default 1. */
  readonly refNorm?: number;
  /** Both sides as bytes, asked for where int8 products are tried. */
  readonly bytes?: () => { readonly x: LeftBytes; readonly refs: RightBytes };
}

/** References a tile at most (limited by `pickBest`). */
export const MAX_REFS = 4096;
/** References compared exactly for one row; more, and the row is searched again with float32 products. */
const LIMIT = 96;

/** Best reference row for each of many rows: matrix products propose, exact dot products decide. */
export class Search {
  readonly #simd: Simd;
  readonly #graphs: Graphs;
  readonly #support: Int8Support;

  constructor(simd: Simd, graphs: Graphs, support: Int8Support) {
    this.#simd = simd;
    this.#graphs = graphs;
    this.#support = support;
  }

  /** Improves `best` of the rows `x` with the rows `refs`. */
  async improve(tile: SearchTile): Promise<void> {
    if (!tile.bytes || !this.#support.tryNext()) {
      await this.#float32(tile);
      return;
    }
    const open = await this.#int8(tile, tile.bytes());
    this.#support.record(open.length, tile.x.rows);
    if (open.length > 0) await this.#float32Again(tile, open);
  }

  /** Products of bytes; returns the rows whose best they could not prove. */
  async #int8(tile: SearchTile, bytes: { x: LeftBytes; refs: RightBytes }): Promise<Int32Array> {
    const simd = this.#simd;
    const { x, refs, dim, bias = 0 } = tile;
    const y = simd.allocate(x.rows * refs.rows * 4);
    const { uniform } = bytes.x;
    try {
      await this.#graphs.int8(
        simd,
        { a: bytes.x.bytes, m: x.rows, b: bytes.refs.bytes, n: refs.rows, dim, bias, y },
        { aScale: uniform || 1, bScale: bytes.refs.scale },
      );
      return this.#pick(tile, y, this.#errors(tile, bytes), {
        step: uniform ? 0 : bytes.x.scale,
        rowOffset: bytes.x.centred?.offset,
        columnOffset: bytes.refs.centred?.offset,
      });
    } finally {
      simd.free(y);
    }
  }

  /** |x·r − x̂·r̂| ≤ ‖x − x̂‖ ‖r̂‖ + ‖x‖ ‖r − r̂‖, and a hair for the rounding of both sides. */
  #errors({ x, dim, refNorm = 1 }: SearchTile, bytes: { x: LeftBytes; refs: RightBytes }): Float32Array {
    const simd = this.#simd;
    const { lost, centred } = bytes.refs;
    const error = simd.f32(bytes.x.error, x.rows).slice();
    const norm = bytes.x.centred ? simd.f32(bytes.x.centred.norm, x.rows) : undefined;
    const length = (centred?.largestNorm ?? refNorm) + lost;
    const rounding = float32Error(dim, refNorm) * (centred ? 3 : 1);
    for (let i = 0; i < error.length; i++)
      error[i] = error[i] * length + (norm ? norm[i] : 1) * lost + rounding;
    return error;
  }

  async #float32(tile: SearchTile): Promise<void> {
    const simd = this.#simd;
    const { x, refs, dim, bias = 0, refNorm = 1 } = tile;
    const y = simd.allocate(x.rows * refs.rows * 4);
    const product = { a: x.address, m: x.rows, b: refs.address, n: refs.rows, dim, bias, y };
    try {
      await this.#graphs.float32(simd, product);
      const error = new Float32Array(x.rows).fill(float32Error(dim, refNorm));
      this.#pick(tile, y, error, {}, refs.rows);
    } finally {
      simd.free(y);
    }
  }

  /** Searches some rows of a tile again, gathered, with float32 products. */
  async #float32Again(tile: SearchTile, open: Int32Array): Promise<void> {
    const simd = this.#simd;
    const { x, dim, ranges, best } = tile;
    const bytes = open.length * dim * 4;
    const address = simd.allocate(bytes + open.length * 8);
    const own = { score: address + bytes, index: address + bytes + open.length * 4 };
    open.forEach((row, i) => {
      simd.u8(address + i * dim * 4, dim * 4).set(simd.u8(x.address + row * dim * 4, dim * 4));
      simd.f32(own.score + i * 4, 1)[0] = simd.f32(best.score + row * 4, 1)[0];
      simd.i32(own.index + i * 4, 1)[0] = simd.i32(best.index + row * 4, 1)[0];
    });
    const picked = ranges && {
      first: open.map((row) => ranges.first[row]),
      last: open.map((row) => ranges.last[row]),
    };
    await this.#float32({ ...tile, x: { address, rows: open.length }, best: own, ranges: picked });
    open.forEach((row, i) => {
      simd.f32(best.score + row * 4, 1)[0] = simd.f32(own.score + i * 4, 1)[0];
      simd.i32(best.index + row * 4, 1)[0] = simd.i32(own.index + i * 4, 1)[0];
    });
    simd.free(address);
  }

  #pick(
    { x, refs, dim, bias = 0, base = 0, ranges, best }: SearchTile,
    y: number,
    error: Float32Array,
    {
      step = 0,
      rowOffset = 0,
      columnOffset = 0,
    }: { step?: number; rowOffset?: number; columnOffset?: number },
    limit = LIMIT,
  ): Int32Array {
    const simd = this.#simd;
    const scratch = simd.allocate(x.rows * 16);
    const last = scratch + x.rows * 4;
    const errors = last + x.rows * 4;
    const open = errors + x.rows * 4;
    simd.f32(errors, x.rows).set(error);
    if (ranges) {
      simd.i32(scratch, x.rows).set(ranges.first);
      simd.i32(last, x.rows).set(ranges.last);
    }
    const first = ranges ? scratch : 0;
    const { call } = simd;
    const opened = call.pickBest(
      y, x.rows, refs.rows, first, last, x.address, refs.address, dim, bias, step, rowOffset, columnOffset, errors, limit, base, best.score, best.index, open,
    ); // prettier-ignore
    const rows = simd.i32(open, opened).slice();
    simd.free(scratch);
    return rows;
  }
}

/** Generous bound of the difference between float32 products of unit rows with references, summed in different orders. */
const float32Error = (dim: number, refNorm: number): number => (1e-6 + dim * 1e-9) * Math.max(1, refNorm);
