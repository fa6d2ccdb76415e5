import { digitsOf, radixSort } from './order/radixSort.ts';

const DIGITS = 65_536;

/**
 * The numbers of the `count` rows with the lowest 64-bit hashes (default: of all), in ascending order of these: an order
 * that neither files nor threads decide. Equal hashes keep their order.
 */
export function hashOrder(hashes: BigUint64Array, count = hashes.length): Int32Array {
  return radixSort(hashes, lowest(hashes, count)).subarray(0, count);
}

/** The rows whose highest digit is none above that of the `count`th: the others cannot be among the first. */
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
