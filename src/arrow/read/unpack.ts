import * as zlib from 'node:zlib';
import { invalidInputError, NearduckError } from '../../errors.ts';
import { unpackLz4 } from './lz4.ts';

/** Available in Node since 22.15. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
};

/** Approximate maximum compression ratio of Zstandard: a block of 128 KiB takes four bytes. */
const MAX_PER_BYTE = 2 ** 15;

/** The size in bytes that a compressed buffer declares. `packed` is its compressed size. */
export function unpackedSize(start: Uint8Array, packed: number): number {
  if (start.length < 8) return 0;
  const size = Number(new DataView(start.buffer, start.byteOffset, 8).getBigInt64(0, true));
  return size === -1 ? packed - 8 : Math.min(size, packed * MAX_PER_BYTE);
}

/**
 * Decompresses a buffer of a compressed record batch. It consists of its length as an int64, then LZ4 frames
 * (`type` 0) or Zstandard (`type` 1). Length −1 marks an uncompressed buffer.
 * @throws NearduckError (Invalid Input Error) for damaged data, and for Zstandard when Node does not support
 * it.
 */
export function unpack(bytes: Uint8Array, type: number, path: string): Uint8Array {
  if (bytes.length === 0) return bytes;
  const size = unpackedSize(bytes, bytes.length);
  const packed = bytes.subarray(8);
  try {
    if (new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true) === -1n) return packed;
    if (type === 0) return unpackLz4(packed, size);
    if (zstdDecompressSync) return zstdDecompressSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    const { message } = cause as Error;
    throw new NearduckError('Invalid Input', `read_arrow: '${path}' has a damaged buffer: ${message}`, {
      cause,
    });
  }
  throw invalidInputError(
    `read_arrow: '${path}' is compressed with Zstandard, which Node ${process.versions.node} cannot ` +
      `unpack; use Node 22.15 or newer, or write it with compression 'lz4' or 'uncompressed'`,
  );
}
