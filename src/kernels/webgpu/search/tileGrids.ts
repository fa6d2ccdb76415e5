import type { Pairs } from '../../kernels.ts';
import type { RowRange } from '../rows/deviceRows.ts';
import type { RowBatch } from './rowBatches.ts';

/** Consecutive rows of buffer x, to compare with consecutive rows of buffer y. */
export interface TileGrid {
  /** The first row, relative to the start of its buffer. */
  readonly xRow: number;
  readonly yRow: number;
  readonly rows: number;
  readonly columns: number;
  /** True when rows and columns are the same rows, and a row is only compared with the columns before it. */
  readonly isTriangle: boolean;
  /** True when an earlier grid searched the same rows among earlier columns. */
  readonly resumes: boolean;
}

/**
 * Yields one grid per range of the batch. Buffer x begins with query `x.start`, buffer y with target
 * `y.start`.
 */
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

/** The rows of range `r` that are in `batch`. */
function within(offsets: Float64Array, r: number, batch: RowRange): RowRange {
  const start = Math.max(offsets[r], batch.start);
  return { start, end: Math.max(start, Math.min(offsets[r + 1], batch.end)) };
}
