import type { Segment } from './segments.ts';

/** A block of similarities to search: consecutive rows of one segment of x against consecutive rows of one of y. */
export interface TileGrid {
  /** Positions in the lists of segments. */
  readonly xSegment: number;
  readonly ySegment: number;
  /** First row, counted from the start of its segment. */
  readonly xRow: number;
  readonly yRow: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns are the same rows, and a row may only see the columns before it. */
  readonly triangle: boolean;
  /** An earlier grid searched the same rows over earlier columns. */
  readonly resume: boolean;
}

/** Every row of x, or those from `from` up to `to`, against every row of y. */
export function* rectangleGrids(
  x: readonly Segment[],
  y: readonly Segment[],
  from = 0,
  to = Infinity,
): Generator<TileGrid> {
  for (const [xSegment, segment] of x.entries()) {
    const xRow = Math.max(0, from - segment.start);
    const rows = Math.min(segment.rows, to - segment.start) - xRow;
    if (rows <= 0) continue;
    for (const [ySegment, { rows: columns }] of y.entries()) {
      yield { xSegment, ySegment, xRow, yRow: 0, rows, columns, triangle: false, resume: ySegment > 0 };
    }
  }
}

/**
 * Every row, or those of clusters `first` up to `end`, against the earlier rows of its cluster; cluster c is rows
 * `offsets[c]` to `offsets[c + 1]`.
 */
export function* triangleGrids(
  segments: readonly Segment[],
  offsets: Uint32Array,
  first = 0,
  end = offsets.length - 1,
): Generator<TileGrid> {
  for (let cluster = first; cluster < end; cluster++) {
    const pieces = cutAtSegments(segments, offsets[cluster], offsets[cluster + 1]);
    for (const [i, rowPiece] of pieces.entries()) {
      for (const [j, columnPiece] of pieces.slice(0, i + 1).entries()) {
        yield {
          xSegment: rowPiece.segment,
          ySegment: columnPiece.segment,
          xRow: rowPiece.row,
          yRow: columnPiece.row,
          rows: rowPiece.rows,
          columns: columnPiece.rows,
          triangle: i === j,
          resume: j > 0,
        };
      }
    }
  }
}

/** The parts of rows `start` to `end` that lie in each segment. */
function cutAtSegments(segments: readonly Segment[], start: number, end: number) {
  const pieces: { segment: number; row: number; rows: number }[] = [];
  let row = start;
  while (row < end) {
    const segment = segmentOf(segments, row);
    const { start: base, rows } = segments[segment];
    const pieceEnd = Math.min(end, base + rows);
    pieces.push({ segment, row: row - base, rows: pieceEnd - row });
    row = pieceEnd;
  }
  return pieces;
}

/** All segments but the last are equally long. */
const segmentOf = (segments: readonly Segment[], row: number): number => Math.floor(row / segments[0].rows);
