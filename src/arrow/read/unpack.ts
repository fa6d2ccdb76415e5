import * as zlib from 'node:zlib';
import { invalidInputError, NearduckError } from '../../errors.ts';
import { unpackLz4 } from './lz4.ts';

/** In Node since 22.15. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array };

/**
 * A buffer of a compressed record batch: its length as an int64, then LZ4 frames (`type` 0) or Zstandard (1); −1 for a
 * buffer stored as it is.
 * @throws NearduckError (Invalid Input Error) for damaged data, and for Zstandard where Node has none.
 */
export function unpack(bytes: Uint8Array, type: number, path: string): Uint8Array {
  if (bytes.length === 0) return bytes;
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true));
  const packed = bytes.subarray(8);
  if (size === -1) return packed;
  try {
    if (type === 0) return unpackLz4(packed, size);
    if (zstdDecompressSync) return zstdDecompressSync(packed);
  } catch (cause) {
    const { message } = cause as Error;
    throw new NearduckError('Invalid Input', `read_arrow: '${path}' has a damaged buffer: ${message}`, {
      cause,
    });
  }
  throw invalidInputError(
    `read_arrow: '${path}' is compressed with Zstandard, which Node ${process.versions.node} cannot unpack; ` +
      `use Node 22.15 or newer, or write it with compression 'lz4' or 'uncompressed'`,
  );
}
