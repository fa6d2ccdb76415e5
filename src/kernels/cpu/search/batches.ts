import type { Pairs } from '../../kernels.ts';
import { countPairs, earlierInRange } from '../../pairs.ts';
import { TILE_ROWS } from '../products/tile.ts';

/** Bytes of query rows per batch, which a lane holds at a time. */
const BATCH_BYTES = 2 ** 23;

/** The queries that one lane searches at a time, and their targets. */
export interface Batch {
  readonly start: number;
  readonly end: number;
  /** Bounds of ranges, relative to `start`. Each query is compared with those before it in its range. */
  readonly earlier?: Float64Array;
  /** Targets common to all queries: `firstTarget` to `lastTarget` (exclusive). */
  readonly firstTarget: number;
  readonly lastTarget: number;
}

/** Minimum queries per batch, because the targets are copied once per batch. */
const MIN_ROWS = 256;

/** Divides a search into batches for `lanes` lanes, most expensive batches first. */
export function cutBatches(pairs: Pairs, dim: number, lanes: number): Batch[] {
  const rows = Math.max(TILE_ROWS, Math.min(4 * TILE_ROWS, Math.floor(BATCH_BYTES / (dim * 4))));
  const batches = pairs.earlier ? earlierBatches(pairs.queries, rows) : rangeBatches(pairs, rows, lanes);
  return batches.sort((a, b) => pairsOf(b) - pairsOf(a));
}

/**
 * Batches of several small ranges with up to `batchRows` rows in total. Larger ranges are divided into
 * batches of that many rows.
 */
export function earlierBatches(offsets: Float64Array, batchRows: number): Batch[] {
  const batches: Batch[] = [];
  let bounds: number[] = [];
  const close = (): void => {
    if (bounds.length > 1) batches.push(earlierBatch(bounds, bounds[0]));
    bounds = [];
  };
  for (let r = 0; r + 1 < offsets.length; r++) {
    const [start, end] = [offsets[r], offsets[r + 1]];
    if (bounds.length > 0 && end - bounds[0] > batchRows) close();
    if (end - start <= batchRows) {
      if (bounds.length === 0) bounds.push(start);
      bounds.push(end);
      continue;
    }
    for (let from = start; from < end; from += batchRows) {
      batches.push(earlierBatch([from, Math.min(end, from + batchRows)], start));
    }
  }
  close();
  return batches;
}

function earlierBatch(bounds: readonly number[], firstTarget: number): Batch {
  const [start] = bounds;
  const end = bounds[bounds.length - 1];
  const earlier = Float64Array.from(bounds, (bound) => bound - start);
  return { start, end, earlier, firstTarget, lastTarget: start };
}

function rangeBatches(pairs: Pairs, mostRows: number, lanes: number): Batch[] {
  const { queries, targets } = pairs;
  const total = countPairs(pairs);
  const batches: Batch[] = [];
  for (let r = 0; r + 1 < queries.length; r++) {
    const [firstTarget, lastTarget] = [targets[r], targets[r + 1]];
    if (firstTarget === lastTarget) continue;
    const rows = queries[r + 1] - queries[r];
    // A range that is a large part of the work is divided equally among the lanes.
    const sharing = rows * (lastTarget - firstTarget) * 4 * lanes > total ? lanes : 1;
    const turns = Math.ceil(rows / mostRows / sharing);
    const batchRows = Math.min(mostRows, Math.max(MIN_ROWS, Math.ceil(rows / (turns * sharing))));
    for (let start = queries[r]; start < queries[r + 1]; start += batchRows) {
      batches.push({ start, end: Math.min(queries[r + 1], start + batchRows), firstTarget, lastTarget });
    }
  }
  return batches;
}

function pairsOf({ start, end, earlier, firstTarget, lastTarget }: Batch): number {
  const pairs = (end - start) * (lastTarget - firstTarget);
  return earlier ? pairs + countPairs(earlierInRange(earlier)) : pairs;
}
