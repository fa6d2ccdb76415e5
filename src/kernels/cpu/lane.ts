import { fromStored } from '../../rows/storedRows.ts';
import { Simd } from '../../simd/simd.ts';
import type { Assignment, BestEarlier } from '../kernels.ts';
import { Graphs } from './graphs.ts';
import { Int8Support } from './int8Support.ts';
import { TILE_ROWS, type LaneCalls, type Part, type SharedCentroids, type Unit } from './laneCalls.ts';
import { PIECE_ROWS, PlacedCentroids } from './placedCentroids.ts';
import { Search, type Best } from './search.ts';
import { Tile } from './tile.ts';
import { searchUnit } from './unitSearch.ts';

/** Rows shorter or fewer than this gain nothing from bytes; products of longer ones leave 32 bits. */
const MIN_INT8_DIM = 64;
const MAX_INT8_DIM = 65_536;
const MIN_INT8_REFS = 32;
/** Labels of the fit come from bytes while quantisation loses less than this of a row's length. */
const ROUGH_ERROR = 0.05;

/** The kernels' work on one thread: matrix products by ONNX Runtime, the rest in WebAssembly SIMD, memory of its own. */
export class Lane implements LaneCalls {
  readonly ahead = 1;
  readonly #simd = new Simd();
  readonly #graphs = new Graphs();
  readonly #support = new Int8Support(this.#graphs);
  readonly #search = new Search(this.#simd, this.#graphs, this.#support);
  readonly #useInt8: boolean;
  /** Tiles kept, by matrix. */
  readonly #kept = new Map<number, Tile[]>();
  #centroids: PlacedCentroids | undefined;

  constructor(useInt8: boolean) {
    this.#useInt8 = useInt8;
  }

  async assign(part: Part, shared: SharedCentroids): Promise<Assignment> {
    const centroids = this.#place(shared);
    const found: Assignment = { label: new Int32Array(part.rows), dot: new Float32Array(part.rows) };
    await this.#eachTile(part, async (tile, start) => {
      const best = await this.#nearest(tile, part.dim, centroids, shared.k);
      const { call } = this.#simd;
      call.labelDots(tile.address, tile.rows, part.dim, best.index, centroids.address, best.score);
      found.label.set(this.#simd.i32(best.index, tile.rows), start);
      found.dot.set(this.#simd.f32(best.score, tile.rows), start);
      this.#simd.free(best.score);
    });
    return found;
  }

  async lloyd(
    parts: readonly Part[],
    shared: SharedCentroids,
    before: Int32Array,
    sums: Float64Array,
  ): Promise<Int32Array> {
    const simd = this.#simd;
    const centroids = this.#place(shared);
    const { k, dim } = shared;
    const label = new Int32Array(before.length);
    const total = simd.allocate(k * dim * 8);
    simd.f64(total, k * dim).fill(0);
    let first = 0;
    for (const part of parts) {
      await this.#eachTile(part, async (tile, start) => {
        const at = first + start;
        const rough = await this.#roughLabels(tile, dim, centroids, k, label.subarray(at, at + tile.rows));
        this.#moveRows(tile, dim, before.subarray(at), label.subarray(at, at + tile.rows), total);
        // Bytes suffice for most of what is to come, and take a fifth of the memory.
        if (rough) tile.dropRows();
      });
      first += part.rows;
    }
    sums.set(simd.f64(total, k * dim));
    simd.free(total);
    return label;
  }

  async best(unit: Unit): Promise<BestEarlier> {
    const best = this.#best(unit.rows);
    try {
      const int8 = await this.#int8Pays(unit.dim, Math.max(unit.rows, unit.earlier?.rows ?? 0));
      const tools = { simd: this.#simd, search: this.#search, graphs: this.#graphs };
      await searchUnit({ ...tools, support: int8 ? this.#support : undefined }, unit, best);
      return {
        score: this.#simd.f32(best.score, unit.rows).slice(),
        index: this.#simd.i32(best.index, unit.rows).slice(),
      };
    } finally {
      this.#simd.free(best.score);
    }
  }

  async release(matrix: number): Promise<void> {
    for (const tile of this.#kept.get(matrix) ?? []) tile.free();
    this.#kept.delete(matrix);
  }

  async close(): Promise<void> {
    await this.#graphs.release();
  }

  /** Exact nearest centroids of a tile; the result's memory is the caller's. */
  async #nearest(tile: Tile, dim: number, centroids: PlacedCentroids, k: number): Promise<Best> {
    const best = this.#best(tile.rows);
    const int8 = await this.#int8Pays(dim, k);
    for (const piece of centroids.pieces) {
      const { rows: refs, bias, base } = piece;
      await this.#search.improve(
        { dim, x: tile, refs, best, bias, base, refNorm: centroids.largestNorm },
        int8 ? () => ({ x: tile.bytes()!, refs: piece.bytes() }) : undefined,
      );
    }
    return best;
  }

  /**
   * Labels for the fit, from bytes where they are good enough: a row between two centroids may go to either. Returns
   * whether they were.
   */
  async #roughLabels(
    tile: Tile,
    dim: number,
    centroids: PlacedCentroids,
    k: number,
    label: Int32Array,
  ): Promise<boolean> {
    const simd = this.#simd;
    const bytes = (await this.#int8Pays(dim, k)) ? tile.bytes(ROUGH_ERROR) : undefined;
    if (!bytes) {
      const best = await this.#nearest(tile, dim, centroids, k);
      label.set(simd.i32(best.index, tile.rows));
      simd.free(best.score);
      return false;
    }
    const best = this.#best(tile.rows);
    const y = simd.allocate(tile.rows * Math.min(k, PIECE_ROWS) * 4);
    for (const piece of centroids.pieces) {
      const { rows, base, bias } = piece;
      const right = piece.bytes();
      await this.#graphs.int8(
        simd,
        { a: bytes.bytes, m: tile.rows, b: right.bytes, n: rows.rows, dim, bias, y },
        { aScale: bytes.uniform, bScale: right.scale },
      );
      simd.call.argMax(y, tile.rows, rows.rows, base, best.score, best.index);
    }
    label.set(simd.i32(best.index, tile.rows));
    simd.free(y);
    simd.free(best.score);
    return true;
  }

  /** Moves the rows whose label is another now between the sums. */
  #moveRows(tile: Tile, dim: number, before: Int32Array, now: Int32Array, sums: number): void {
    const moved = now.map((_, row) => row).filter((row) => before[row] !== now[row]);
    if (moved.length === 0) return;
    const simd = this.#simd;
    const some = moved.length < tile.rows;
    const from = simd.allocate(moved.length * (some ? 8 + dim * 4 : 8));
    const to = from + moved.length * 4;
    simd.i32(from, moved.length).set(moved.map((row) => before[row]));
    simd.i32(to, moved.length).set(moved.map((row) => now[row]));
    const rows = some ? to + moved.length * 4 : tile.address;
    if (some) tile.copyRows(moved, rows);
    simd.call.moveSums(rows, moved.length, dim, from, to, sums);
    simd.free(from);
  }

  async #eachTile(part: Part, visit: (tile: Tile, start: number) => Promise<void>): Promise<void> {
    const { matrix, keep, stored, dim } = part;
    const kept = this.#kept.get(matrix) ?? [];
    if (keep) this.#kept.set(matrix, kept);
    for (let start = 0, i = 0; start < part.rows; start += TILE_ROWS, i++) {
      const rows = Math.min(TILE_ROWS, part.rows - start);
      const tile = kept[i] ?? new Tile(this.#simd, fromStored(stored, start), rows, dim);
      if (keep) kept[i] = tile;
      await visit(tile, start);
      if (!keep) tile.free();
    }
  }

  #place(shared: SharedCentroids): PlacedCentroids {
    if (this.#centroids?.id === shared.id) return this.#centroids;
    this.#centroids?.free();
    this.#centroids = undefined;
    return (this.#centroids = new PlacedCentroids(this.#simd, shared));
  }

  /** Scores and indexes of `rows` rows, one allocation, nothing found yet. */
  #best(rows: number): Best {
    const score = this.#simd.allocate(rows * 8);
    const index = score + rows * 4;
    this.#simd.f32(score, rows).fill(-Infinity);
    this.#simd.i32(index, rows).fill(-1);
    return { score, index };
  }

  async #int8Pays(dim: number, refs: number): Promise<boolean> {
    if (!this.#useInt8 || dim < MIN_INT8_DIM || dim > MAX_INT8_DIM || refs < MIN_INT8_REFS) return false;
    return this.#support.works(this.#simd);
  }
}
