/**
 * Row numbers in ascending order of their 64-bit hashes: an order that neither files nor threads decide.
 * Least-significant-digit radix sort, 16 bits a pass, so equal hashes keep their order.
 */
export function hashOrder(hashes: BigUint64Array): Int32Array {
  const digits = new Uint16Array(hashes.buffer, hashes.byteOffset, hashes.length * 4);
  let order = new Int32Array(hashes.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  let next = new Int32Array(hashes.length);
  const starts = new Uint32Array(65_536);
  for (let pass = 0; pass < 4; pass++) {
    starts.fill(0);
    for (const row of order) starts[digits[row * 4 + pass]]++;
    let sum = 0;
    for (let digit = 0; digit < 65_536; digit++) {
      const count = starts[digit];
      starts[digit] = sum;
      sum += count;
    }
    for (const row of order) next[starts[digits[row * 4 + pass]]++] = row;
    [order, next] = [next, order];
  }
  return order;
}
