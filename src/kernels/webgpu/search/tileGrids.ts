import type { Pairs } from '../../kernels.ts';
import type { RowRange } from '../rows/deviceRows.ts';
import type { RowBatch } from './rowBatches.ts';

/** Consecutive rows of one buffer, x, to compare with consecutive rows of another, y. */
export interface TileGrid {
  /** First row, counted from the front of its buffer. */
  readonly xRow: number;
  readonly yRow: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns are the same rows, and a row may only see the columns before it. */
  readonly isTriangle: boolean;
  /** An earlier grid searched the same rows over earlier columns. */
  readonly resumes: boolean;
}

/** One grid per range of the batch. Buffer x begins with query `x.start`, buffer y with target `y.start`. */
export function* tileGrids(pairs: Pairs, batch: RowBatch, x: RowRange, y: RowRange): Generator<TileGrid> {
  const { ranges, resumes } = batch;
  for (let r = ranges.start; r < ranges.end; r++) {
    const queries = within(pairs.queries, r, batch.queries);
    if (queries.end <= queries.start) continue;
    const targets = within(pairs.targets, r, batch.targets);
    yield {
      xRow: queries.start - x.start,
      yRow: targets.start - y.start,
      rows: queries.end - queries.start,
      columns: targets.end - targets.start,
      isTriangle: pairs.earlier && targets.start === queries.start,
      resumes,
    };
  }
}

/** The rows of range `r` that lie in `batch`. */
function within(offsets: Float64Array, r: number, batch: RowRange): RowRange {
  const start = Math.max(offsets[r], batch.start);
  return { start, end: Math.max(start, Math.min(offsets[r + 1], batch.end)) };
}
