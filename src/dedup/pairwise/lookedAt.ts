import { hashOrder } from '../hashOrder.ts';
import type { RankedRows } from './clusterOrder.ts';

/**
 * Rows among which an overlap is chosen: enough to say what holds for all of them, and few enough for one task of a run that
 * many machines share.
 */
export const lookedAt = (fitRows: number): number => Math.max(fitRows, 1_000_000);

/** Of some rows, and of others that follow them in the store, the `count` with the lowest hashes of each, in their order. */
export function rankedAmong(
  ranked: RankedRows,
  hashes: readonly BigUint64Array[],
  count: number,
): RankedRows {
  if (hashes.every(({ length }) => length <= count)) return ranked;
  const { order, staying = 0 } = ranked;
  const isAmong = new Uint8Array(order.length);
  let first = 0;
  for (const own of hashes) {
    for (const row of hashOrder(own, count)) isAmong[first + row] = 1;
    first += own.length;
  }
  const among = (rows: Int32Array): Int32Array => rows.filter((row) => isAmong[row] === 1);
  return { order: among(order), staying: among(order.subarray(0, staying)).length };
}
