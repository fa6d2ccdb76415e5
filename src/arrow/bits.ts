// Bitmaps in the format of both Arrow and DuckDB: least significant bit first, 1 for a valid value.

/** Returns `count` bits that start at bit `start`, moved to the front. The bits after the last one are 1. */
export function alignBits(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(count / 8));
  const first = start >> 3;
  const shift = start & 7;
  for (let i = 0; i < out.length; i++) {
    out[i] = (bytes[first + i] >> shift) | ((bytes[first + i + 1] ?? 0) << (8 - shift));
  }
  const rest = count & 7;
  if (rest !== 0) out[out.length - 1] |= 0xff << rest;
  return out;
}

/** The bits that are set in both bitmaps. Undefined means that all bits are set. */
export function andBits(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (!a || !b) return a ?? b;
  return a.map((byte, i) => byte & b[i]);
}

/** Repeats each of the first `count` bits `times` times. */
export function repeatBits(bits: Uint8Array, count: number, times: number): Uint8Array {
  const out = new Uint8Array(Math.ceil((count * times) / 8)).fill(0xff);
  for (let i = 0; i < count; i++) {
    if (bits[i >> 3] & (1 << (i & 7))) continue;
    for (let bit = i * times; bit < (i + 1) * times; bit++) out[bit >> 3] &= ~(1 << (bit & 7));
  }
  return out;
}

/** Clears bits of `mask` where `bits` are 0. Bit 0 of `bits` corresponds to bit `at` (0 to 7) of `mask`. */
export function clearBits(mask: Uint8Array, at: number, bits: Uint8Array): void {
  for (let i = 0; i < bits.length; i++) {
    const cleared = ~bits[i] & 0xff;
    if (cleared === 0) continue;
    mask[i] &= ~(cleared << at);
    const carried = cleared >> (8 - at);
    if (carried !== 0) mask[i + 1] &= ~carried;
  }
}
