import { hashOrder } from '../hashOrder.ts';
import { rankedAmong, type RankedRows } from './clusterOrder.ts';

/**
 * Rows among which an overlap is chosen: enough to say what holds for all of them, and few enough for one task of a run that
 * many machines share.
 */
export const lookedAt = (fitRows: number): number => Math.max(fitRows, 1_000_000);

/**
 * Of some rows, and of earlier ones that follow them in the store, the `count` with the lowest hashes of each, in their order;
 * `lowest` are those of the rows.
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
