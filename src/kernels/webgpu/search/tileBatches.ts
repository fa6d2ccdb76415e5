import { MAX_WORKGROUPS } from '../device/gpuDevice.ts';
import { StructList } from '../device/layout.ts';
import { RESUME, RowTile, Tile, TRIANGLE } from './layouts.ts';
import type { TileGrid } from './tileGrids.ts';

/** The tiles of one submit, for `bestTile.wgsl` and `foldBest.wgsl`. */
export interface TileBatch {
  /** Structs of the layout `Tile`. */
  readonly tiles: Uint32Array;
  /** Structs of the layout `RowTile`. */
  readonly rowTiles: Uint32Array;
  /** Pairs of rows that they compare. */
  readonly pairs: number;
}

/** Where to go on: row tile `row` (first row) of `grid`, at the column tile that starts at `column`. */
interface Place {
  readonly grid: TileGrid;
  readonly row: number;
  readonly column: number;
}

const emptyLists = (tiles: number) => ({
  tiles: new StructList(Tile, tiles),
  rowTiles: new StructList(RowTile, Math.min(tiles, MAX_WORKGROUPS)),
  pairs: 0,
});
type Lists = ReturnType<typeof emptyLists>;

/** Hands out the tiles of `grids` in batches of any size. Tiles of one row tile follow each other in column order. */
export class TileBatches {
  readonly #grids: Iterator<TileGrid>;
  readonly #side: number;
  #next: Place | undefined;

  /** `side`: rows and columns per tile. */
  constructor(grids: Iterable<TileGrid>, side: number) {
    this.#grids = grids[Symbol.iterator]();
    this.#side = side;
    this.#next = this.#enter();
  }

  /** The next at most `limit` tiles; undefined when all were taken. */
  take(limit: number): TileBatch | undefined {
    if (this.#next === undefined) return undefined;
    const lists = emptyLists(limit);
    while (this.#next && lists.tiles.count < limit && lists.rowTiles.count < MAX_WORKGROUPS) {
      this.#next = this.#takeRow(this.#next, limit, lists);
    }
    return { tiles: lists.tiles.taken, rowTiles: lists.rowTiles.taken, pairs: lists.pairs };
  }

  /** Takes what remains of one row tile, or as much of it as fits; returns where to go on. */
  #takeRow({ grid, row, column }: Place, limit: number, lists: Lists): Place | undefined {
    const { tiles, rowTiles } = lists;
    const rows = Math.min(this.#side, grid.rows - row);
    const xRow = grid.xRow + row;
    const end = grid.isTriangle ? row + rows : grid.columns;
    const firstTile = tiles.count;
    let at = column;
    for (; at < end && tiles.count < limit; at += this.#side) {
      const columns = Math.min(this.#side, end - at);
      const onDiagonal = grid.isTriangle && at === row;
      // A single row on the diagonal has nothing before it: no tile, only a row tile that says so.
      if (onDiagonal && rows === 1) continue;
      tiles.push({ xRow, yRow: grid.yRow + at, rows, columns: onDiagonal ? columns + TRIANGLE : columns });
      lists.pairs += onDiagonal ? (rows * (rows - 1)) / 2 : rows * columns;
    }
    const resumes = grid.resumes || column > 0;
    const count = tiles.count - firstTile;
    rowTiles.push({ xRow, rows, firstTile, tiles: resumes ? count + RESUME : count });
    if (at < end) return { grid, row, column: at };
    if (row + rows < grid.rows) return { grid, row: row + rows, column: 0 };
    return this.#enter();
  }

  #enter(): Place | undefined {
    const { value, done } = this.#grids.next();
    return done ? undefined : { grid: value, row: 0, column: 0 };
  }
}
