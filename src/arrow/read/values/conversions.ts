/** Converts values of one width to values of another. */
export interface Conversion {
  /** Bytes per converted value. */
  readonly width: number;
  convert(bytes: Uint8Array, count: number): Uint8Array;
}

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

let floats: Uint32Array | undefined;

/** The float32 bits of each of the 65,536 float16 values. */
function floatTable(): Uint32Array {
  if (floats) return floats;
  const table = new Float32Array(0x10000);
  const bits = new Uint32Array(table.buffer);
  for (let half = 0; half < 0x10000; half++) {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const sign = half >> 15 ? -1 : 1;
    if (exponent < 31)
      table[half] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
    else bits[half] = ((half & 0x8000) << 16) | 0x7f800000 | (fraction << 13);
  }
  return (floats = bits);
}

/** float16 → FLOAT, exactly. */
export const halfToFloat: Conversion = {
  width: 4,
  convert(bytes, count) {
    const table = floatTable();
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    const out = new Uint32Array(count);
    for (let i = 0; i < count; i++) out[i] = table[halves[i]];
    return bytesOf(out);
  },
};

/** Milliseconds (int64) → DATE (days, int32). */
export const millisecondsToDays: Conversion = {
  width: 4,
  convert(bytes, count) {
    const milliseconds = new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
    return bytesOf(Int32Array.from(milliseconds, (value) => Math.floor(Number(value) / 86_400_000)));
  },
};

/** Seconds, milliseconds or nanoseconds → microseconds (int64), rounded down. */
export function toMicroseconds(perSecond: 1 | 1_000 | 1_000_000_000, width: 4 | 8): Conversion {
  const factor = BigInt(1_000_000 / Math.min(perSecond, 1_000_000));
  const divisor = perSecond > 1_000_000 ? 1_000n : 1n;
  const scale = (value: bigint): bigint => {
    const scaled = value * factor;
    return divisor === 1n ? scaled : (scaled - (((scaled % divisor) + divisor) % divisor)) / divisor;
  };
  return {
    width: 8,
    convert(bytes, count) {
      const out = new BigInt64Array(count);
      if (width === 4) {
        const values = new Int32Array(bytes.buffer, bytes.byteOffset, count);
        for (let i = 0; i < count; i++) out[i] = scale(BigInt(values[i]));
      } else {
        const values = new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
        for (let i = 0; i < count; i++) out[i] = scale(values[i]);
      }
      return bytesOf(out);
    },
  };
}

/** 128-bit decimals → the 2, 4 or 8 bytes of DuckDB's narrow decimals. */
export function decimalTo(width: 2 | 4 | 8): Conversion {
  return {
    width,
    convert(bytes, count) {
      const out = new Uint8Array(count * width);
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < width; j++) out[i * width + j] = bytes[i * 16 + j];
      }
      return out;
    },
  };
}
