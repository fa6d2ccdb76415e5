import { hashOrder } from '../hashOrder.ts';
import { rankedAmong, type RankedRows } from './clusterOrder.ts';

/**
 * Number of rows among which an overlap is chosen: representative of all rows, and few enough for one task of
 * a distributed run.
 */
export const overlapSampleSize = (fitRows: number): number => Math.max(fitRows, 1_000_000);

/**
 * The `count` rows with the lowest hashes, and the `count` earlier rows with the lowest hashes, which follow
 * the rows in the store. `lowest` are the rows with the lowest hashes.
 */
export function withLowestHashes(
  ranked: RankedRows,
  lowest: Int32Array,
  earlierHashes: BigUint64Array | undefined,
  count: number,
): RankedRows {
  const others = earlierHashes ?? new BigUint64Array(0);
  const rows = ranked.order.length - others.length;
  if (Math.max(rows, others.length) <= count) return ranked;
  const earlier = hashOrder(others, count).map((row) => rows + row);
  return rankedAmong(ranked, ranked.order.length, lowest, earlier);
}
