import type { Pairs } from '../../kernels.ts';
import { cutRows, type RowRange } from '../rows/deviceRows.ts';

/**
 * Queries and targets that are on the device together. Batches with the same rows share the object that names them, and
 * `targets` is `queries` where these are rows against the earlier ones among themselves.
 */
export interface RowBatch {
  readonly queries: RowRange;
  readonly targets: RowRange;
  /** The ranges of the pairs that meet here. */
  readonly ranges: RowRange;
  /** A batch before this one searched the same queries over earlier targets. */
  readonly resumes: boolean;
  /** No later batch searches these queries. */
  readonly isLast: boolean;
}

/**
 * Cuts a search into batches of at most `rows` queries and `rows` targets. Batches of the same queries
 * follow each other, with the targets in ascending order. Queries are cut where their number plus `first` is a multiple of
 * `rows`.
 */
export function* rowBatches(pairs: Pairs, rows: number, first = 0): Generator<RowBatch> {
  if (pairs.earlier) yield* earlierBatches(pairs.queries, rows);
  else yield* rangeBatches(pairs, rows, first);
}

/** As many whole ranges as fit; a larger range batch after batch, each against all before it and then itself. */
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

/** As many ranges as have targets that fit together; the targets of a larger range batch after batch. */
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

/** The end of the ranges from `start` on that have at most `rows` rows together; at least one range. */
function lastWithin(offsets: Float64Array, start: number, rows: number): number {
  let end = start + 1;
  while (end + 1 < offsets.length && offsets[end + 1] - offsets[start] <= rows) end++;
  return end;
}
