const DIGITS = 65_536;

/**
 * Sorts the row numbers `rows` in ascending order of the rows' 64-bit keys. Rows with equal keys keep their
 * order. Least-significant-digit radix sort with 16 bits per pass; a pass in which all rows have the same
 * digit is skipped.
 */
export function radixSort(keys: BigUint64Array, rows: Int32Array): Int32Array {
  const digits = digitsOf(keys);
  let order = rows;
  let spare: Int32Array | undefined;
  const starts = new Uint32Array(DIGITS);
  for (let pass = 0; pass < 4; pass++) {
    starts.fill(0);
    for (let i = 0; i < order.length; i++) starts[digits[order[i] * 4 + pass]]++;
    if (order.length === 0 || starts[digits[order[0] * 4 + pass]] === order.length) continue;
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = starts[digit];
      starts[digit] = sum;
      sum += count;
    }
    const next = spare ?? new Int32Array(order.length);
    for (let i = 0; i < order.length; i++) next[starts[digits[order[i] * 4 + pass]]++] = order[i];
    // The array passed in is not changed.
    spare = order === rows ? new Int32Array(order.length) : order;
    order = next;
  }
  return order;
}

/** The keys as 16-bit digits, least significant first, four per key. */
export const digitsOf = (keys: BigUint64Array): Uint16Array =>
  new Uint16Array(keys.buffer, keys.byteOffset, keys.length * 4);
