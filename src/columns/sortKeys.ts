/** Values as 64-bit keys for a radix sort. */
export interface SortKeys {
  /** One key per row. Lower values have lower or equal keys; NULL has the highest key. */
  readonly keys: BigUint64Array;
  /** True when values with the same key are always equal. */
  readonly exact: boolean;
}

const HIGHEST = 0xffffffff;
const SIGN = 0x80000000;

/** Keys that sort numbers ascending, or `descending`. NaN sorts last in both cases; −0 equals 0. */
export function numberKeys(numbers: Float32Array | Float64Array, descending = false): BigUint64Array {
  const keys = new BigUint64Array(numbers.length);
  const words = new Uint32Array(keys.buffer);
  // The bits of a float32 value fill only the higher word, so there are fewer digits to sort.
  const each = numbers instanceof Float32Array ? 1 : 2;
  const value = each === 1 ? new Float32Array(1) : new Float64Array(1);
  const bits = new Uint32Array(value.buffer);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (Number.isNaN(number)) {
      words[2 * i] = words[2 * i + 1] = HIGHEST;
      continue;
    }
    // Adding 0 turns −0 into 0.
    value[0] = (descending ? -number : number) + 0;
    const high = bits[each - 1];
    const low = each === 1 ? 0 : bits[0];
    const negative = high >= SIGN;
    words[2 * i + 1] = negative ? ~high : high + SIGN;
    words[2 * i] = negative ? ~low : low;
  }
  return keys;
}

/** Keys that sort integers of `width` bytes. For 16-byte integers, the key is the higher half. */
export function integerKeys(bytes: Uint8Array, width: number, signed: boolean): BigUint64Array {
  const rows = bytes.length / width;
  const keys = new BigUint64Array(rows);
  const words = new Uint32Array(keys.buffer);
  if (width >= 8) {
    const source = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const each = width / 4;
    for (let row = 0; row < rows; row++) {
      words[2 * row] = source[(row + 1) * each - 2];
      words[2 * row + 1] = source[(row + 1) * each - 1] ^ (signed ? SIGN : 0);
    }
    return keys;
  }
  const shift = 8 * (4 - width);
  for (let row = 0; row < rows; row++) {
    let value = 0;
    for (let i = 0; i < width; i++) value |= bytes[row * width + i] << (8 * i);
    words[2 * row + 1] = (value << shift) ^ (signed ? SIGN : 0);
  }
  return keys;
}

/** Inverts keys in place, so that they sort in the opposite order. */
export function invertKeys(keys: BigUint64Array): BigUint64Array {
  const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2);
  for (let i = 0; i < words.length; i++) words[i] = ~words[i];
  return keys;
}
