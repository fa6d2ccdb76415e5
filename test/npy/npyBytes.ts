/** Options of an array to write. */
export interface ArrayOptions {
  readonly type: 'f2' | 'f4' | 'f8';
  readonly bigEndian?: boolean;
  readonly byColumn?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** A .npy of rows of float32 values; with `f2` they must be whole numbers below 2,048. */
export function npyBytes(
  rows: readonly (readonly number[])[],
  dim: number,
  { type, bigEndian = false, byColumn = false, version = 1 }: ArrayOptions,
): Buffer {
  const width = Number(type[1]);
  const data = Buffer.alloc(rows.length * dim * width);
  rows.forEach((row, r) =>
    row.forEach((value, c) => {
      const at = (byColumn ? c * rows.length + r : r * dim + c) * width;
      if (width === 2) data[bigEndian ? 'writeUInt16BE' : 'writeUInt16LE'](half(value), at);
      else if (width === 4) data[bigEndian ? 'writeFloatBE' : 'writeFloatLE'](value, at);
      else data[bigEndian ? 'writeDoubleBE' : 'writeDoubleLE'](value, at);
    }),
  );
  const descr = `${bigEndian ? '>' : '<'}${type}`;
  return Buffer.concat([header(descr, byColumn, `(${rows.length}, ${dim})`, version), data]);
}

export function header(descr: string, byColumn: boolean, shape: string, version = 1): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${byColumn ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const prefix = version === 1 ? 10 : 12;
  const length = Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix;
  const start = Buffer.alloc(prefix);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(length, 8);
  else start.writeUInt32LE(length, 8);
  return Buffer.concat([start, Buffer.from(text.padEnd(length - 1) + '\n')]);
}

/** The bits of a whole number as float16. */
function half(value: number): number {
  if (value === 0) return Object.is(value, -0) ? 0x8000 : 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.abs(value) / 2 ** exponent - 1;
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | (fraction * 1024);
}

const u16 = (value: number): Buffer => Buffer.from(Uint16Array.of(value).buffer);
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);

/** An archive of one member with all numbers in zip64 fields, like an archive of more than 4 GB. */
export function zip64(name: string, data: Buffer): Buffer {
  const [none, none16] = [u32(0xffff_ffff), u16(0xffff)];
  const local = Buffer.concat([
    u32(0x04034b50),
    u16(45),
    u16(0),
    u16(0),
    u32(0),
    u32(0),
    none,
    none,
    u16(name.length),
    u16(20),
    Buffer.from(name),
    u16(1),
    u16(16),
    u64(data.length),
    u64(data.length),
  ]);
  const entry = Buffer.concat([
    u32(0x02014b50),
    u16(45),
    u16(45),
    u16(0),
    u16(0),
    u32(0),
    u32(0),
    none,
    none,
    u16(name.length),
    // Another extra field comes first.
    u16(6 + 28),
    u16(0),
    u16(0),
    u16(0),
    u32(0),
    none,
    Buffer.from(name),
    u16(0x5455),
    u16(2),
    u16(0),
    u16(1),
    u16(24),
    u64(data.length),
    u64(data.length),
    u64(0),
  ]);
  const listAt = local.length + data.length;
  const end64 = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(1),
    u64(1),
    u64(entry.length),
    u64(listAt),
  ]);
  const locator = Buffer.concat([u32(0x07064b50), u32(0), u64(listAt + entry.length), u32(1)]);
  const end = Buffer.concat([u32(0x06054b50), u16(0), u16(0), none16, none16, none, none, u16(3)]);
  return Buffer.concat([local, data, entry, end64, locator, end, Buffer.from('end')]);
}
