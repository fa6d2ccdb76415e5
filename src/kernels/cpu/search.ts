import type { Simd } from '../../simd/simd.ts';
import type { Int8Support } from './int8Support.ts';
import type { Graphs } from './graphs.ts';
import type { Rows } from './rows.ts';
import { fromRow, largestError, type QuantizedRows } from './quantizedRows.ts';

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

export interface SearchOptions {
  readonly dim: number;
  /** Address of a float added to each reference's products, or 0. */
  readonly bias?: number;
  /** Index of the first reference. */
  readonly base?: number;
  readonly ranges?: Ranges;
  /** An upper bound of the references' lengths; default 1. */
  readonly refNorm?: number;
  /** Both sides as bytes. Then int8 products propose, where that pays. */
  readonly quantized?: { readonly x: QuantizedRows; readonly refs: QuantizedRows };
}

/** Rows and references a product at most: 16 MiB of results. */
export const TILE = 2048;
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

  /** Improves `best` of the rows `x` with the rows `refs`, tile by tile. */
  async improve(x: Rows, refs: Rows, best: Best, options: SearchOptions): Promise<void> {
    const { dim, bias = 0, base = 0, ranges, quantized } = options;
    for (let r = 0; r < refs.rows; r += TILE) {
      const refTile = { address: refs.address + r * dim * 4, rows: Math.min(TILE, refs.rows - r) };
      for (let q = 0; q < x.rows; q += TILE) {
        const tile = { address: x.address + q * dim * 4, rows: Math.min(TILE, x.rows - q) };
        await this.#tile(tile, refTile, at(best, q), {
          ...options,
          bias: bias && bias + r * 4,
          base: base + r,
          ranges: ranges && shifted(ranges, q, tile.rows, r, refTile.rows),
          quantized: quantized && { x: fromRow(quantized.x, q, dim), refs: fromRow(quantized.refs, r, dim) },
        });
      }
    }
  }

  async #tile(x: Rows, refs: Rows, best: Best, options: SearchOptions): Promise<void> {
    const { quantized } = options;
    if (!quantized || !this.#support.pays) {
      await this.#float32(x, refs, best, options);
      return;
    }
    const open = await this.#int8(x, refs, best, options, quantized);
    this.#support.record(open.length, x.rows);
    if (open.length > 0) await this.#float32Again(x, refs, best, options, open);
  }

  /** Products of bytes; returns the rows whose best they could not prove. */
  async #int8(
    x: Rows,
    refs: Rows,
    best: Best,
    { dim, bias = 0, refNorm = 1, ...options }: SearchOptions,
    quantized: NonNullable<SearchOptions['quantized']>,
  ): Promise<Int32Array> {
    const simd = this.#simd;
    const y = simd.allocate(x.rows * refs.rows * 4);
    const { uniform } = quantized.x;
    try {
      await this.#graphs.int8(
        simd,
        { a: quantized.x.unsigned, m: x.rows, b: quantized.refs.signed, n: refs.rows, dim, bias, y },
        { aScale: uniform || 1, bScale: quantized.refs.scale },
      );
      // |x·r − x̂·r̂| ≤ ‖x − x̂‖ ‖r̂‖ + ‖x‖ ‖r − r̂‖, and a hair for the rounding of both sides.
      const lost = largestError(simd, quantized.refs, refs.rows);
      const error = simd.f32(quantized.x.error, x.rows).slice();
      const rounding = lost + float32Error(dim, refNorm);
      for (let i = 0; i < error.length; i++) error[i] = error[i] * (refNorm + lost) + rounding;
      return this.#pick(x, refs, y, best, { dim, bias, ...options }, error, uniform ? 0 : quantized.x.scale);
    } finally {
      simd.free(y);
    }
  }

  async #float32(x: Rows, refs: Rows, best: Best, options: SearchOptions): Promise<void> {
    const simd = this.#simd;
    const { dim, bias = 0, refNorm = 1 } = options;
    const y = simd.allocate(x.rows * refs.rows * 4);
    try {
      await this.#graphs.float32(simd, {
        a: x.address,
        m: x.rows,
        b: refs.address,
        n: refs.rows,
        dim,
        bias,
        y,
      });
      const error = new Float32Array(x.rows).fill(float32Error(dim, refNorm));
      this.#pick(x, refs, y, best, options, error, 0, refs.rows);
    } finally {
      simd.free(y);
    }
  }

  /** Searches some rows of a tile again, gathered, with float32 products. */
  async #float32Again(
    x: Rows,
    refs: Rows,
    best: Best,
    options: SearchOptions,
    open: Int32Array,
  ): Promise<void> {
    const simd = this.#simd;
    const { dim, ranges } = options;
    const bytes = open.length * dim * 4;
    const address = simd.allocate(bytes + open.length * 8);
    const own = { score: address + bytes, index: address + bytes + open.length * 4 };
    open.forEach((row, i) => {
      simd.u8(address + i * dim * 4, dim * 4).set(simd.u8(x.address + row * dim * 4, dim * 4));
      simd.f32(own.score + i * 4, 1)[0] = simd.f32(best.score + row * 4, 1)[0];
      simd.i32(own.index + i * 4, 1)[0] = simd.i32(best.index + row * 4, 1)[0];
    });
    const rows = { address, rows: open.length };
    const picked = ranges && {
      first: open.map((row) => ranges.first[row]),
      last: open.map((row) => ranges.last[row]),
    };
    await this.#float32(rows, refs, own, { ...options, ranges: picked });
    open.forEach((row, i) => {
      simd.f32(best.score + row * 4, 1)[0] = simd.f32(own.score + i * 4, 1)[0];
      simd.i32(best.index + row * 4, 1)[0] = simd.i32(own.index + i * 4, 1)[0];
    });
    simd.free(address);
  }

  #pick(
    x: Rows,
    refs: Rows,
    y: number,
    best: Best,
    { dim, bias = 0, base = 0, ranges }: SearchOptions,
    error: Float32Array,
    step: number,
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
      y, x.rows, refs.rows, first, last, x.address, refs.address, dim, bias, step, errors, limit, base, best.score, best.index, open,
    ); // prettier-ignore
    const rows = simd.i32(open, opened).slice();
    simd.free(scratch);
    return rows;
  }
}

const at = (best: Best, row: number): Best => ({ score: best.score + row * 4, index: best.index + row * 4 });

/** The ranges of `rows` rows from `row` on, within references `ref` to `ref + refs`. */
function shifted({ first, last }: Ranges, row: number, rows: number, ref: number, refs: number): Ranges {
  const clamp = (value: number): number => Math.max(0, Math.min(refs, value - ref));
  return {
    first: first.subarray(row, row + rows).map(clamp),
    last: last.subarray(row, row + rows).map(clamp),
  };
}

/** Generous bound of the difference between float32 products of unit rows with references, summed in different orders. */
const float32Error = (dim: number, refNorm: number): number => (1e-6 + dim * 1e-9) * Math.max(1, refNorm);
