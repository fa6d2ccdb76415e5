import type { RowRange } from './bestResults.ts';
import type { Segment } from './segments.ts';
import { rectangleGrids, triangleGrids, type TileGrid } from './tileGrids.ts';

/** A part of a search: some rows, and what to compare them with. */
export interface Piece {
  readonly rows: RowRange;
  readonly grids: (x: readonly Segment[], y: readonly Segment[]) => Iterable<TileGrid>;
}

/** `rows` rows against all of y, at most `most` at once. */
export function* rowPieces(rows: number, most: number): Generator<Piece> {
  for (let from = 0; from < rows; from += most) {
    const to = Math.min(rows, from + most);
    yield { rows: { from, to }, grids: (x, y) => rectangleGrids(x, y, from, to) };
  }
}

/** Rows against the earlier ones of their cluster, whole clusters until they have `most` rows. */
export function* clusterPieces(offsets: Uint32Array, most: number): Generator<Piece> {
  for (let first = 0, end = 1; first + 1 < offsets.length; first = end, end++) {
    while (end + 1 < offsets.length && offsets[end] - offsets[first] < most) end++;
    const [from, to] = [first, end];
    yield {
      rows: { from: offsets[from], to: offsets[to] },
      grids: (x) => triangleGrids(x, offsets, from, to),
    };
  }
}
