import type { Pairs } from '../../kernels.ts';
import { cutRows, type RowRange } from '../rows/deviceRows.ts';

/**
 * Queries and targets that are on the device together. Batches with the same rows share one range object.
 * `targets` is the object `queries` when rows are compared with the earlier ones of the same batch.
 */
export interface RowBatch {
  readonly queries: RowRange;
  readonly targets: RowRange;
  /** The ranges of the pairs in this batch. */
  readonly ranges: RowRange;
  /** True when an earlier batch searched the same queries among earlier targets. */
  readonly resumes: boolean;
  /** True when no later batch searches these queries. */
  readonly isLast: boolean;
}

/**
 * Divides a search into batches of at most `rows` queries and `rows` targets. Batches of the same queries are
 * consecutive, with targets in ascending order. A batch of queries ends where the number of a query plus
 * `first` is a multiple of `rows`.
 */
export function* rowBatches(pairs: Pairs, rows: number, first = 0): Generator<RowBatch> {
  if (pairs.earlier) yield* earlierBatches(pairs.queries, rows);
  else yield* rangeBatches(pairs, rows, first);
}

/**
 * Takes as many whole ranges as fit. A larger range is divided: each batch is compared with all rows before
 * it, and then with itself.
 */
function* earlierBatches(offsets: Float64Array, rows: number): Generator<RowBatch> {
  for (let start = 0, end; start + 1 < offsets.length; start = end) {
    end = lastWithin(offsets, start, rows);
    const ranges = { start, end };
    const whole = { start: offsets[start], end: offsets[end] };
    const cuts = cutRows(whole, rows);
    for (const queries of cuts) {
      for (const targets of cuts) {
        const isLast = targets === queries;
        yield { queries, targets, ranges, resumes: targets.start > whole.start, isLast };
        if (isLast) break;
      }
    }
  }
}

/** Takes as many ranges as fit with their targets. The targets of a larger range come batch after batch. */
function* rangeBatches({ queries, targets }: Pairs, rows: number, first: number): Generator<RowBatch> {
  for (let start = 0, end; start + 1 < targets.length; start = end) {
    end = lastWithin(targets, start, rows);
    const all = { start: targets[start], end: targets[end] };
    const cuts = cutRows(all, rows);
    if (cuts.length === 0) continue;
    let range = start;
    for (let from = queries[start], to; from < queries[end]; from = to) {
      to = Math.min(queries[end], from + rows - ((first + from) % rows));
      while (queries[range + 1] <= from) range++;
      let endRange = range + 1;
      while (queries[endRange] < to) endRange++;
      const taken = { queries: { start: from, end: to }, ranges: { start: range, end: endRange } };
      for (const cut of cuts)
        yield { ...taken, targets: cut, resumes: cut.start > all.start, isLast: cut.end === all.end };
    }
  }
}

/** The end of the ranges from `start` on with at most `rows` rows in total, but at least one range. */
function lastWithin(offsets: Float64Array, start: number, rows: number): number {
  let end = start + 1;
  while (end + 1 < offsets.length && offsets[end + 1] - offsets[start] <= rows) end++;
  return end;
}
