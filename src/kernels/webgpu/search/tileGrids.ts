import type { Pairs } from '../../kernels.ts';
import { targetsOf } from '../../pairs.ts';
import type { RowRange } from '../rows/deviceRows.ts';
import type { RowBatch } from './rowBatches.ts';

/** Consecutive rows of buffer x, to compare with consecutive rows of buffer y. */
export interface TileGrid {
  /** The first row, relative to the start of its buffer. */
  readonly xRow: number;
  readonly yRow: number;
  readonly rows: number;
  readonly columns: number;
  /** The position of the range's first bias; 0 without biases. */
  readonly bias: number;
  /** True when rows and columns are the same rows, and a row is only compared with the columns before it. */
  readonly isTriangle: boolean;
  /** True when an earlier grid searched the same rows among earlier columns. */
  readonly resumes: boolean;
}

/**
 * Yields one grid per range of the batch. Buffer x begins with query `x.start`, buffer y with target
 * `y.start`. `biasOfRange` is the position of a range's first bias.
 */
export function* tileGrids(
  pairs: Pairs,
  batch: RowBatch,
  x: RowRange,
  y: RowRange,
  biasOfRange: (range: number) => number = () => 0,
): Generator<TileGrid> {
  const { ranges, resumes } = batch;
  for (let r = ranges.start; r < ranges.end; r++) {
    const queries = within([pairs.queries[r], pairs.queries[r + 1]], batch.queries);
    if (queries.end <= queries.start) continue;
    const targets = within(targetsOf(pairs, r), batch.targets);
    yield {
      xRow: queries.start - x.start,
      yRow: targets.start - y.start,
      rows: queries.end - queries.start,
      columns: targets.end - targets.start,
      bias: biasOfRange(r),
      isTriangle: pairs.earlier && targets.start === queries.start,
      resumes,
    };
  }
}

/** The rows from `first` to `last` (exclusive) that are in `batch`. */
function within([first, last]: readonly [number, number], batch: RowRange): RowRange {
  const start = Math.max(first, batch.start);
  return { start, end: Math.max(start, Math.min(last, batch.end)) };
}
