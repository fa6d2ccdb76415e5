/** Values as numbers that a radix sort takes. */
export interface SortKeys {
  /** 64 bits per row, lower for lower values, as far as 64 bits tell; the highest for NULL. */
  readonly keys: BigUint64Array;
  /** True when values with the same key are equal. */
  readonly exact: boolean;
}

const HIGHEST = 0xffffffff;
const SIGN = 0x80000000;

/** Keys in the order of these numbers, NaN last; −0 equals 0. With `descending`, in the opposite order, NaN last too. */
export function numberKeys(numbers: Float32Array | Float64Array, descending = false): BigUint64Array {
  const keys = new BigUint64Array(numbers.length);
  const words = new Uint32Array(keys.buffer);
  // The bits of float32 values fill the higher word only: fewer digits to sort by.
  const each = numbers instanceof Float32Array ? 1 : 2;
  const value = each === 1 ? new Float32Array(1) : new Float64Array(1);
  const bits = new Uint32Array(value.buffer);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (Number.isNaN(number)) {
      words[2 * i] = words[2 * i + 1] = HIGHEST;
      continue;
    }
    // Adding 0 makes 0 of −0.
    value[0] = (descending ? -number : number) + 0;
    const high = bits[each - 1];
    const low = each === 1 ? 0 : bits[0];
    const negative = high >= SIGN;
    words[2 * i + 1] = negative ? ~high : high + SIGN;
    words[2 * i] = negative ? ~low : low;
  }
  return keys;
}

/** Keys in the order of whole numbers of `width` bytes; of those of 16 bytes, the higher half. */
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

/** Turns keys, in place, into those of the opposite order. */
export function invertKeys(keys: BigUint64Array): BigUint64Array {
  const words = new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2);
  for (let i = 0; i < words.length; i++) words[i] = ~words[i];
  return keys;
}
