import type { Tensor } from 'onnxruntime-node';
import type { Simd } from '../../simd/simd.ts';
import type { Graphs } from './graphs.ts';

/** Float32 rows in SIMD memory. */
export interface Rows {
  readonly address: number;
  readonly rows: number;
}

/** Best score and index so far of some rows, in SIMD memory; `base` is the index of the first reference row. */
export interface Best {
  readonly score: number;
  readonly index: number;
}

/** Candidates compared exactly per row. */
const CANDIDATES = 4;
/** Rows and references a tile at most: 16 MiB of products. */
export const TILE_ROWS = 2048;
export const TILE_REFS = 2048;
/** What a mask adds; anything near it is no candidate. */
const MASKED = -8;
const FLOOR = -4;

/** Best reference row for each of many rows: matrix products propose, exact dot products decide. */
export class Search {
  readonly #simd: Simd;
  readonly #graphs: Graphs;
  readonly #masks = new Map<string, Tensor>();

  constructor(simd: Simd, graphs: Graphs) {
    this.#simd = simd;
    this.#graphs = graphs;
  }

  /**
   * Improves `best` of the rows `x` with the rows `refs`, whose indexes count from `base`. `bias`, an address of one
   * float a reference, is added to each product; with `clusters`, row i may only match earlier rows of its own cluster
   * (x and refs are then the same rows, and `clusters` are the ends of the clusters in it).
   */
  async improve(
    x: Rows,
    refs: Rows,
    dim: number,
    best: Best,
    { bias = 0, base = 0, clusters }: { bias?: number; base?: number; clusters?: readonly number[] } = {},
  ): Promise<void> {
    for (let r = 0; r < refs.rows; r += TILE_REFS) {
      const refTile = { address: refs.address + r * dim * 4, rows: Math.min(TILE_REFS, refs.rows - r) };
      for (let q = 0; q < x.rows; q += TILE_ROWS) {
        const tile = { address: x.address + q * dim * 4, rows: Math.min(TILE_ROWS, x.rows - q) };
        const tileBest = { score: best.score + q * 4, index: best.index + q * 4 };
        const tileBias = bias && bias + r * 4;
        await this.#tile(tile, refTile, dim, tileBest, tileBias, base + r, clusters);
      }
    }
  }

  async #tile(
    x: Rows,
    refs: Rows,
    dim: number,
    best: Best,
    bias: number,
    base: number,
    clusters: readonly number[] | undefined,
  ): Promise<void> {
    const simd = this.#simd;
    const { Tensor } = this.#graphs.ort;
    const k = Math.min(CANDIDATES, refs.rows);
    const { value, index } = await this.#graphs.run('float32Candidates', {
      a: new Tensor('float32', simd.f32(x.address, x.rows * dim), [x.rows, dim]),
      b: new Tensor('float32', simd.f32(refs.address, refs.rows * dim), [refs.rows, dim]),
      c: clusters
        ? this.#mask(clusters)
        : new Tensor('float32', bias ? simd.f32(bias, refs.rows) : new Float32Array(refs.rows), [1, refs.rows]),
      count: new Tensor('int64', [BigInt(k)], [1]),
    });
    const bytes = x.rows * k * 12 + x.rows * 8;
    const scratch = simd.allocate(bytes);
    const approx = scratch + x.rows * k * 8;
    const error = approx + x.rows * k * 4;
    const open = error + x.rows * 4;
    simd.i32(scratch, x.rows * k * 2).set(new Int32Array((index.data as BigInt64Array).buffer, (index.data as BigInt64Array).byteOffset, x.rows * k * 2));
    simd.f32(approx, x.rows * k).set(value.data as Float32Array);
    simd.f32(error, x.rows).fill(float32Error(dim));
    const { call } = simd;
    call.rescore(x.address, x.rows, dim, refs.address, refs.rows, bias, scratch, approx, k, 0, error, FLOOR, base, best.score, best.index, open);
    simd.free(scratch);
  }

  /** 0 where the column is an earlier row of the same cluster, far below every product elsewhere. */
  #mask(clusters: readonly number[]): Tensor {
    const key = clusters.join();
    let mask = this.#masks.get(key);
    if (!mask) {
      const rows = clusters[clusters.length - 1];
      const values = new Float32Array(rows * rows).fill(MASKED);
      let start = 0;
      for (const end of clusters) {
        for (let row = start; row < end; row++) values.fill(0, row * rows + start, row * rows + row);
        start = end;
      }
      mask = new this.#graphs.ort.Tensor('float32', values, [rows, rows]);
      if (this.#masks.size > 8) this.#masks.clear();
      this.#masks.set(key, mask);
    }
    return mask;
  }
}

/** Generous bound of the difference between two float32 dot products of unit rows that sum in different order. */
const float32Error = (dim: number): number => 1e-6 + dim * 1e-9;
