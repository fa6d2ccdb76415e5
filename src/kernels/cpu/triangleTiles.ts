import type { Ranges } from './search.ts';

/** Small clusters share a product up to this many rows; its rest, rows of other clusters, is wasted. */
const SHARED_ROWS = 256;

/** Consecutive rows compared with each other in one product: row i with `ranges.first[i]` to `ranges.last[i]` − 1 of them. */
export interface DiagonalTile {
  readonly start: number;
  readonly end: number;
  readonly ranges: Ranges;
}

/** Rows of a large cluster past its first piece, to compare with one of the pieces before. */
export interface LaterTile {
  readonly start: number;
  readonly end: number;
  readonly refStart: number;
  readonly refEnd: number;
}

/** Cuts clusters into pieces of at most `tileRows` rows along the diagonal; small ones share a tile. */
export function diagonalTiles(offsets: Uint32Array, tileRows: number): DiagonalTile[] {
  const tiles: DiagonalTile[] = [];
  let starts: number[] = [];
  let end = 0;
  const close = (): void => {
    if (starts.length > 0) tiles.push({ start: starts[0], end, ranges: earlierRows(starts, end) });
    starts = [];
  };
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let from = offsets[c]; from < offsets[c + 1]; from = end) {
      const to = Math.min(offsets[c + 1], from + tileRows);
      if (starts.length > 0 && to - starts[0] > SHARED_ROWS) close();
      starts.push(from);
      end = to;
    }
  }
  close();
  return tiles;
}

/** The squares left of the diagonal tiles. */
export function laterTiles(offsets: Uint32Array, tileRows: number): LaterTile[] {
  const tiles: LaterTile[] = [];
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let start = offsets[c] + tileRows; start < offsets[c + 1]; start += tileRows) {
      const end = Math.min(offsets[c + 1], start + tileRows);
      for (let refStart = offsets[c]; refStart < start; refStart += tileRows) {
        tiles.push({ start, end, refStart, refEnd: refStart + tileRows });
      }
    }
  }
  return tiles;
}

/** Each row may match the rows before it in its piece. */
function earlierRows(starts: readonly number[], end: number): Ranges {
  const [origin] = starts;
  const first = new Int32Array(end - origin);
  starts.forEach((start, i) => first.fill(start - origin, start - origin, (starts[i + 1] ?? end) - origin));
  return { first, last: Int32Array.from(first, (_, row) => row) };
}
