const DIGITS = 65_536;

/**
 * The numbers of the `count` rows with the lowest 64-bit hashes (default: of all), in ascending order of these: an order
 * that neither files nor threads decide. Least-significant-digit radix sort, 16 bits a pass, so equal hashes keep their
 * order; rows that cannot be among the first are left out before.
 */
export function hashOrder(hashes: BigUint64Array, count = hashes.length): Int32Array {
  const digits = new Uint16Array(hashes.buffer, hashes.byteOffset, hashes.length * 4);
  let order = lowest(digits, hashes.length, count);
  let next = new Int32Array(order.length);
  const starts = new Uint32Array(DIGITS);
  for (let pass = 0; pass < 4; pass++) {
    starts.fill(0);
    for (let i = 0; i < order.length; i++) starts[digits[order[i] * 4 + pass]]++;
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const rows = starts[digit];
      starts[digit] = sum;
      sum += rows;
    }
    for (let i = 0; i < order.length; i++) next[starts[digits[order[i] * 4 + pass]]++] = order[i];
    [order, next] = [next, order];
  }
  return order.subarray(0, count);
}

/** The rows whose highest digit is none above that of the `count`th. */
function lowest(digits: Uint16Array, rows: number, count: number): Int32Array<ArrayBuffer> {
  const counts = new Uint32Array(DIGITS);
  for (let row = 0; row < rows; row++) counts[digits[row * 4 + 3]]++;
  let last = 0;
  let total = counts[0];
  while (total < count && last < DIGITS - 1) total += counts[++last];
  const taken = new Int32Array(total);
  for (let row = 0, i = 0; row < rows; row++) if (digits[row * 4 + 3] <= last) taken[i++] = row;
  return taken;
}
