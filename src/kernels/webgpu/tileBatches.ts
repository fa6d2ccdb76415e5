import type { TileGrid } from './tileGrids.ts';

/** One submit's worth of tiles: what the shaders `bestTile.wgsl` and `foldBest.wgsl` read. */
export interface TileBatch {
  readonly xSegment: number;
  readonly ySegment: number;
  /** Four words a tile: xRow, yRow, rows, columns | `TRIANGLE`. */
  readonly items: Uint32Array;
  /** Four words a row tile: xRow, rows, first item, number of items | `RESUME`. */
  readonly folds: Uint32Array;
}

export const TRIANGLE = 0x8000_0000;
export const RESUME = 0x8000_0000;
export const WORDS = 4;

/** Workgroups a dispatch may have. */
const MOST_ROW_TILES = 65_535;

/** Where to go on: row tile `row` (first row) of `grid`, at the column tile that starts at `column`. */
interface Place {
  readonly grid: TileGrid;
  readonly row: number;
  readonly column: number;
}

/**
 * Hands out the tiles of `grids` in batches of any size. Tiles of one row tile follow each other in column order, and
 * one batch only touches one pair of segments.
 */
export class TileBatches {
  readonly #grids: Iterator<TileGrid>;
  readonly #tile: number;
  #next: Place | undefined;

  constructor(grids: Iterable<TileGrid>, tile: number) {
    this.#grids = grids[Symbol.iterator]();
    this.#tile = tile;
    this.#next = this.#enter();
  }

  /** The next at most `limit` tiles; undefined when all were taken. */
  take(limit: number): TileBatch | undefined {
    if (this.#next === undefined) return undefined;
    const { xSegment, ySegment } = this.#next.grid;
    const items = new Words(limit);
    const folds = new Words(Math.min(limit, MOST_ROW_TILES));
    while (this.#next && this.#next.grid.xSegment === xSegment && this.#next.grid.ySegment === ySegment) {
      if (items.count >= limit || folds.count >= MOST_ROW_TILES) break;
      this.#next = this.#takeRow(this.#next, limit, items, folds);
    }
    return { xSegment, ySegment, items: items.taken, folds: folds.taken };
  }

  /** Takes what remains of one row tile, or as much of it as fits; returns where to go on. */
  #takeRow({ grid, row, column }: Place, limit: number, items: Words, folds: Words): Place | undefined {
    const rows = Math.min(this.#tile, grid.rows - row);
    const end = grid.triangle ? row + rows : grid.columns;
    const first = items.count;
    let at = column;
    for (; at < end && items.count < limit; at += this.#tile) {
      const columns = Math.min(this.#tile, end - at);
      const onDiagonal = grid.triangle && at === row;
      // A single row on the diagonal has nothing before it: no tile, only a fold that says so.
      if (onDiagonal && rows === 1) continue;
      items.push(grid.xRow + row, grid.yRow + at, rows, onDiagonal ? columns + TRIANGLE : columns);
    }
    const resume = grid.resume || column > 0;
    const count = items.count - first;
    folds.push(grid.xRow + row, rows, first, resume ? count + RESUME : count);
    if (at < end) return { grid, row, column: at };
    if (row + rows < grid.rows) return { grid, row: row + rows, column: 0 };
    return this.#enter();
  }

  #enter(): Place | undefined {
    const { value, done } = this.#grids.next();
    return done ? undefined : { grid: value, row: 0, column: 0 };
  }
}

/** A growing list of four words each. */
class Words {
  #words: Uint32Array;
  #count = 0;

  constructor(expected: number) {
    this.#words = new Uint32Array(expected * WORDS);
  }

  get count(): number {
    return this.#count;
  }

  get taken(): Uint32Array {
    return this.#words.subarray(0, this.#count * WORDS);
  }

  push(a: number, b: number, c: number, d: number): void {
    if (this.#count * WORDS === this.#words.length) {
      const grown = new Uint32Array(this.#words.length * 2 + WORDS);
      grown.set(this.#words);
      this.#words = grown;
    }
    const at = this.#count++ * WORDS;
    this.#words[at] = a;
    this.#words[at + 1] = b;
    this.#words[at + 2] = c;
    this.#words[at + 3] = d;
  }
}
