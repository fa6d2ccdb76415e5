import { invalidInputError } from '../errors.ts';
import type { RangeFile } from '../files/rangeFile.ts';

/** One file in a zip archive. */
export interface ZipMember {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** Bytes in the archive. */
  readonly packedBytes: number;
  readonly bytes: number;
  /** The byte at which the member's local header starts. */
  readonly headerAt: number;
}

/** The signatures of records, and the bytes of their fixed parts. */
const [END, END_64, END_64_LOCATOR, ENTRY, LOCAL] = [
  0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50,
];
const [END_BYTES, END_64_BYTES, LOCATOR_BYTES, ENTRY_BYTES, LOCAL_BYTES] = [22, 56, 20, 46, 30];
/** Maximum length of the comment after the end record. */
const MAX_COMMENT = 0xffff;
/** Values that mean: the number is stored with 64 bits in the extra field. */
const [IN_ZIP64_EXTRA, IN_EXTRA_16] = [0xffff_ffff, 0xffff];
const EXTRA_64 = 1;
/** Maximum bytes of the central directory. 64 MiB list more than half a million members. */
const MAX_LIST_BYTES = 2 ** 26;
/** The highest compression ratio of deflate. */
const MAX_PER_BYTE = 1032;

/** Returns true for bytes that start like a zip archive, including an empty one. */
export const isZip = (head: Uint8Array): boolean =>
  head.length >= 4 &&
  ['PK\x03\x04', 'PK\x05\x06'].includes(Buffer.from(head.subarray(0, 4)).toString('latin1'));

/**
 * Lists the members of a zip archive, including archives of more than 4 GB (zip64). Format:
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 * @throws NearduckError (Invalid Input Error) when it is damaged, or uses another compression method.
 */
export function zipMembers(file: RangeFile): ZipMember[] {
  const { start, bytes, count } = listPlace(file);
  if (bytes > MAX_LIST_BYTES || start + bytes > file.size) throw damaged(file);
  const list = bufferOf(file, start, start + bytes);
  const members: ZipMember[] = [];
  for (let at = 0; members.length < count;) {
    if (at + ENTRY_BYTES > list.length || list.readUInt32LE(at) !== ENTRY) throw damaged(file);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => list.readUInt16LE(at + field));
    const nameAt = at + ENTRY_BYTES;
    const end = nameAt + nameBytes + extraBytes + commentBytes;
    if (end > list.length) throw damaged(file);
    const name = list.toString('utf8', nameAt, nameAt + nameBytes);
    const extra = list.subarray(nameAt + nameBytes, nameAt + nameBytes + extraBytes);
    members.push(memberOf(file, name, list.subarray(at, nameAt), extra));
    at = end;
  }
  return members;
}

/** The byte at which a member's data starts. @throws NearduckError (Invalid Input Error) for damage. */
export function dataStart(file: RangeFile, { headerAt, packedBytes }: ZipMember): number {
  if (headerAt + LOCAL_BYTES > file.size) throw damaged(file);
  const header = bufferOf(file, headerAt, headerAt + LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL) throw damaged(file);
  const start = headerAt + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + packedBytes > file.size) throw damaged(file);
  return start;
}

/** Reads the position of the central directory from the end record. */
function listPlace(file: RangeFile): { start: number; bytes: number; count: number } {
  const from = Math.max(0, file.size - END_BYTES - MAX_COMMENT);
  const tail = bufferOf(file, from, file.size);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw damaged(file);
  const place = {
    count: tail.readUInt16LE(at + 10),
    bytes: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
  };
  if (place.count !== IN_EXTRA_16 && place.bytes !== IN_ZIP64_EXTRA && place.start !== IN_ZIP64_EXTRA)
    return place;
  const locatorAt = from + at - LOCATOR_BYTES;
  if (locatorAt < 0) return place;
  const locator = bufferOf(file, locatorAt, locatorAt + LOCATOR_BYTES);
  // An archive with exactly 65,535 members does not need zip64.
  if (locator.readUInt32LE(0) !== END_64_LOCATOR) return place;
  const endAt = long(locator, 8);
  if (endAt + END_64_BYTES > file.size) throw damaged(file);
  const end = bufferOf(file, endAt, endAt + END_64_BYTES);
  if (end.readUInt32LE(0) !== END_64) throw damaged(file);
  return { count: long(end, 32), bytes: long(end, 40), start: long(end, 48) };
}

function memberOf(file: RangeFile, name: string, entry: Buffer, extra: Buffer): ZipMember {
  if ((entry.readUInt16LE(8) & 1) !== 0)
    throw invalidInputError(`read_npy: '${name}' of '${file.path}' is encrypted`);
  const method = entry.readUInt16LE(10);
  if (method !== 0 && method !== 8) {
    throw invalidInputError(
      `read_npy: '${name}' of '${file.path}' uses compression method ${method}; NumPy stores (np.savez) ` +
        'or deflates (np.savez_compressed)',
    );
  }
  let longs = extraLongs(extra);
  const field = (at: number): number => {
    const value = entry.readUInt32LE(at);
    if (value !== IN_ZIP64_EXTRA) return value;
    if (longs.length < 8) throw damaged(file);
    const wide = long(longs, 0);
    longs = longs.subarray(8);
    return wide;
  };
  // The extra field stores them in this order.
  const [bytes, packedBytes, headerAt] = [field(24), field(20), field(42)];
  const isDeflated = method === 8;
  if (isDeflated ? bytes > packedBytes * MAX_PER_BYTE : bytes !== packedBytes) throw damaged(file);
  return { name, isDeflated, crc: entry.readUInt32LE(16), packedBytes, bytes, headerAt };
}

/** Returns the data of the zip64 extra field. */
function extraLongs(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === EXTRA_64) return extra.subarray(at + 4, end);
    at = end;
  }
  return Buffer.alloc(0);
}

const bufferOf = (file: RangeFile, start: number, end: number): Buffer => {
  const bytes = file.read(start, end);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

/** Reads a 64-bit number. Numbers above 2^53 lose precision, but they lie past the end of any file. */
const long = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

const damaged = (file: RangeFile): Error =>
  invalidInputError(`read_npy: '${file.path}' is a truncated or damaged zip archive (.npz)`);
