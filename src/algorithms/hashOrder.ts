import { digitsOf, radixSort } from './order/radixSort.ts';

const DIGITS = 65_536;

/**
 * The numbers of the `count` rows with the lowest 64-bit hashes (default: all rows), in ascending order of
 * hash. The order does not depend on files or threads. Rows with equal hashes keep their order.
 */
export function hashOrder(hashes: BigUint64Array, count = hashes.length): Int32Array {
  return radixSort(hashes, lowest(hashes, count)).subarray(0, count);
}

/** The rows whose highest digit is at most the digit of the `count`th row. All others have higher hashes. */
function lowest(hashes: BigUint64Array, count: number): Int32Array<ArrayBuffer> {
  const digits = digitsOf(hashes);
  const counts = new Uint32Array(DIGITS);
  for (let row = 0; row < hashes.length; row++) counts[digits[row * 4 + 3]]++;
  let last = 0;
  let total = counts[0];
  while (total < count && last < DIGITS - 1) total += counts[++last];
  const taken = new Int32Array(total);
  for (let row = 0, i = 0; row < hashes.length; row++) if (digits[row * 4 + 3] <= last) taken[i++] = row;
  return taken;
}
