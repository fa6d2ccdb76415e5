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
  /** Number of compared pairs of rows. */
  readonly pairs: number;
}

/** The next tile: row tile `row` (its first row) of `grid`, and the column tile that starts at `column`. */
interface TilePosition {
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

/** Divides the tiles of `grids` into batches of any size. The tiles of a row tile come in column order. */
export class TileBatches {
  readonly #grids: Iterator<TileGrid>;
  readonly #side: number;
  #next: TilePosition | undefined;

  /** `side` is the number of rows and columns per tile. */
  constructor(grids: Iterable<TileGrid>, side: number) {
    this.#grids = grids[Symbol.iterator]();
    this.#side = side;
    this.#next = this.#enter();
  }

  /** Returns the next tiles, at most `limit`. Returns undefined when there are no more. */
  take(limit: number): TileBatch | undefined {
    if (this.#next === undefined) return undefined;
    const lists = emptyLists(limit);
    while (this.#next && lists.tiles.count < limit && lists.rowTiles.count < MAX_WORKGROUPS) {
      this.#next = this.#takeRow(this.#next, limit, lists);
    }
    return { tiles: lists.tiles.taken, rowTiles: lists.rowTiles.taken, pairs: lists.pairs };
  }

  /** Adds the remaining tiles of one row tile, or as many as fit. Returns the next tile. */
  #takeRow({ grid, row, column }: TilePosition, limit: number, lists: Lists): TilePosition | undefined {
    const { tiles, rowTiles } = lists;
    const rows = Math.min(this.#side, grid.rows - row);
    const xRow = grid.xRow + row;
    const end = grid.isTriangle ? row + rows : grid.columns;
    const firstTile = tiles.count;
    let at = column;
    for (; at < end && tiles.count < limit; at += this.#side) {
      const columns = Math.min(this.#side, end - at);
      const onDiagonal = grid.isTriangle && at === row;
      // A single row on the diagonal has no earlier rows: it gets no tile, only an empty row tile.
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

  #enter(): TilePosition | undefined {
    const { value, done } = this.#grids.next();
    return done ? undefined : { grid: value, row: 0, column: 0 };
  }
}
