import * as zlib from 'node:zlib';
import { alignBits } from '../bits.ts';
import { invalidInputError, NearduckError } from '../../errors.ts';
import type { RangeFile } from '../../files/rangeFile.ts';
import type { BodyMessage } from './ipc.ts';
import { unpackLz4 } from './lz4.ts';

/** Number of batches whose decompressed buffers are kept. A scan that crosses a boundary reads two. */
const KEPT_BATCHES = 2;

/** Maximum number of values in a batch without data: they are all NULL, or have Arrow's null type. */
const FREE_VALUES = 2 ** 20;

/** The buffers of one message, read on request. A decompressed buffer is kept for a while. */
export class BatchBuffers {
  readonly #file: RangeFile;
  readonly #message: BodyMessage;
  readonly #recent: BatchBuffers[];
  readonly #kept = new Map<number, Uint8Array>();

  /** `recent` lists the messages that hold decompressed buffers. All messages of a file share it. */
  constructor(file: RangeFile, message: BodyMessage, recent: BatchBuffers[]) {
    this.#file = file;
    this.#message = message;
    this.#recent = recent;
  }

  get header(): BodyMessage['header'] {
    return this.#message.header;
  }

  /**
   * Returns bytes `start` to `end` (exclusive) of a buffer, in memory with the same alignment as `start`. An
   * omitted buffer reads as zeros.
   * @throws NearduckError (Invalid Input Error) when the buffer is too short.
   */
  bytes(buffer: number, start: number, end: number): Uint8Array {
    const { header, body } = this.#message;
    const region = header.buffers[buffer];
    if (!region) throw this.damaged();
    if (region.length === 0) return new Uint8Array(end - start);
    if (header.compression !== null) {
      const bytes = this.#unpacked(buffer);
      if (end > bytes.length) throw this.damaged();
      return bytes.subarray(start, end);
    }
    if (end > region.length) throw this.damaged();
    return this.#file.read(body + region.offset + start, body + region.offset + end);
  }

  /**
   * Checks that a buffer can hold `count` values of `bits` bits. With `absent`, the buffer may be omitted.
   * @throws NearduckError (Invalid Input Error) when it is too short.
   */
  check(buffer: number, count: number, bits: number, absent = false): void {
    const region = this.#message.header.buffers[buffer];
    if (!region) throw this.damaged();
    if (region.length === 0 && absent) this.checkCount(count);
    else if (this.#size(buffer) < Math.ceil((count * bits) / 8)) throw this.damaged();
  }

  /** @throws NearduckError (Invalid Input Error) when the message has too few bytes for `count` values. */
  checkCount(count: number): void {
    const { buffers } = this.#message.header;
    const bits = (): number => buffers.reduce((sum, _, buffer) => sum + 8 * this.#size(buffer), 0);
    const isCount = Number.isSafeInteger(count) && count >= 0;
    if (!isCount || (count > FREE_VALUES && count > bits())) throw this.damaged();
  }

  /** The error for buffers that contradict each other. */
  damaged(): Error {
    return invalidInputError(`read_arrow: '${this.#file.path}' has a damaged record batch`);
  }

  /** Returns `count` bits that start at bit `start`, moved to the front. */
  bits(buffer: number, start: number, count: number): Uint8Array {
    const first = start >> 3;
    return alignBits(this.bytes(buffer, first, (start + count + 7) >> 3), start - first * 8, count);
  }

  /** Decompressed size of a buffer in bytes. */
  #size(buffer: number): number {
    const { header, body } = this.#message;
    const { offset, length } = header.buffers[buffer];
    if (header.compression === null || length === 0) return length;
    return unpackedSize(this.#file.read(body + offset, body + offset + Math.min(length, 8)), length);
  }

  #unpacked(buffer: number): Uint8Array {
    let bytes = this.#kept.get(buffer);
    if (!bytes) {
      const { header, body } = this.#message;
      const { offset, length } = header.buffers[buffer];
      this.#keep();
      bytes = unpack(
        this.#file.read(body + offset, body + offset + length),
        header.compression!.type,
        this.#file.path,
      );
      this.#kept.set(buffer, bytes);
    }
    return bytes;
  }

  #keep(): void {
    const place = this.#recent.indexOf(this);
    if (place >= 0) this.#recent.splice(place, 1);
    this.#recent.push(this);
    if (this.#recent.length > KEPT_BATCHES) this.#recent.shift()!.#kept.clear();
  }
}

/** Available in Node since 22.15. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
};

/** Approximate maximum compression ratio of Zstandard: a block of 128 KiB takes four bytes. */
const MAX_PER_BYTE = 2 ** 15;

/** The size in bytes that a compressed buffer declares. `packed` is its compressed size. */
function unpackedSize(start: Uint8Array, packed: number): number {
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
function unpack(bytes: Uint8Array, type: number, path: string): Uint8Array {
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
