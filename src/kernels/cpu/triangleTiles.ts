/** Rows of a diagonal tile: large enough for the matrix product, small enough to waste little above the diagonal. */
export const DIAGONAL_ROWS = 256;

/** Consecutive rows compared with each other in one product. `ends` are the ends of the clusters (or pieces) in them. */
export interface DiagonalTile {
  readonly start: number;
  readonly end: number;
  readonly ends: readonly number[];
}

/** Rows of a large cluster past its first tile, to compare with all rows before them, from `cluster` to `start`. */
export interface LaterTile {
  readonly cluster: number;
  readonly start: number;
  readonly end: number;
}

/** Cuts clusters into diagonal tiles: small clusters share one, large ones take several. */
export function diagonalTiles(offsets: Uint32Array): DiagonalTile[] {
  const tiles: DiagonalTile[] = [];
  let start = 0;
  let ends: number[] = [];
  const close = (): void => {
    if (ends.length > 0) tiles.push({ start, end: ends[ends.length - 1], ends });
    ends = [];
  };
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let from = offsets[c]; from < offsets[c + 1]; ) {
      const to = Math.min(offsets[c + 1], from + DIAGONAL_ROWS);
      if (ends.length === 0) start = from;
      if (to - start > DIAGONAL_ROWS) {
        close();
        start = from;
      }
      ends.push(to);
      from = to;
    }
  }
  close();
  return tiles;
}

/** The rectangles left of the diagonal tiles. */
export function laterTiles(offsets: Uint32Array): LaterTile[] {
  const tiles: LaterTile[] = [];
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let start = offsets[c] + DIAGONAL_ROWS; start < offsets[c + 1]; start += DIAGONAL_ROWS) {
      tiles.push({ cluster: offsets[c], start, end: Math.min(offsets[c + 1], start + DIAGONAL_ROWS) });
    }
  }
  return tiles;
}
