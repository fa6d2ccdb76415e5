import type { Ranges } from './searchTile.ts';

/**
 * Small clusters share a product of up to this many rows. Its products of rows from different clusters are
 * wasted.
 */
const SHARED_ROWS = 256;

/**
 * Consecutive rows that are compared with each other in one product: row i with rows `ranges.first[i]` to
 * `ranges.last[i]` − 1.
 */
export interface DiagonalTile {
  readonly start: number;
  readonly end: number;
  readonly ranges: Ranges;
}

/** Rows of a large cluster after its first tile, which are compared with rows before them. */
export interface LaterTile {
  readonly start: number;
  readonly end: number;
  readonly targetStart: number;
  readonly targetEnd: number;
}

/**
 * Bounds of the clusters that are compared together: each large cluster alone, several small clusters
 * together.
 */
export function triangles(offsets: Float64Array): Float64Array[] {
  const found: Float64Array[] = [];
  let first = 0;
  for (let c = 1; c < offsets.length; c++) {
    const next = offsets[c + 1] ?? Infinity;
    if (next - offsets[first] <= SHARED_ROWS) continue;
    found.push(offsets.subarray(first, c + 1));
    first = c;
  }
  return found.filter((bounds) => bounds[0] < bounds[bounds.length - 1]);
}

/** Divides clusters into tiles of at most `tileRows` rows along the diagonal. Small clusters share a tile. */
export function diagonalTiles(offsets: Float64Array, tileRows: number): DiagonalTile[] {
  const tiles: DiagonalTile[] = [];
  const sharedRows = Math.min(SHARED_ROWS, tileRows);
  let starts: number[] = [];
  let end = 0;
  const close = (): void => {
    if (starts.length > 0) tiles.push({ start: starts[0], end, ranges: earlierRows([...starts, end]) });
    starts = [];
  };
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let from = offsets[c]; from < offsets[c + 1]; from = end) {
      const to = Math.min(offsets[c + 1], from + tileRows);
      if (starts.length > 0 && to - starts[0] > sharedRows) close();
      starts.push(from);
      end = to;
    }
  }
  close();
  return tiles;
}

/**
 * The remaining comparisons besides the diagonal tiles, as products of at most `productRows` rows per side:
 * each cluster is halved repeatedly, and the second half is compared with the first.
 */
export function laterTiles(offsets: Float64Array, tileRows: number, productRows: number): LaterTile[] {
  const tiles: LaterTile[] = [];
  const halve = (from: number, to: number): void => {
    const count = Math.ceil((to - from) / tileRows);
    if (count < 2) return;
    const middle = from + Math.ceil(count / 2) * tileRows;
    for (let start = middle; start < to; start += productRows) {
      const end = Math.min(to, start + productRows);
      for (let targetStart = from; targetStart < middle; targetStart += productRows) {
        tiles.push({ start, end, targetStart, targetEnd: Math.min(middle, targetStart + productRows) });
      }
    }
    halve(from, middle);
    halve(middle, to);
  };
  for (let c = 0; c + 1 < offsets.length; c++) halve(offsets[c], offsets[c + 1]);
  return tiles;
}

/**
 * Each row is compared with the rows before it between the same two bounds. Rows are counted from the first
 * bound.
 */
export function earlierRows(bounds: ArrayLike<number>): Ranges {
  const origin = bounds[0];
  const rows = bounds[bounds.length - 1] - origin;
  const first = new Int32Array(rows);
  for (let i = 1; i < bounds.length; i++) {
    first.fill(bounds[i - 1] - origin, bounds[i - 1] - origin, bounds[i] - origin);
  }
  return { first, last: Int32Array.from(first, (_, row) => row) };
}
