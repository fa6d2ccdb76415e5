import { alignBits } from '../bits.ts';
import { invalidInputError } from '../../errors.ts';
import type { RangeFile } from '../../files/rangeFile.ts';
import type { BodyMessage } from './ipc.ts';
import { unpack, unpackedSize } from './unpack.ts';

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
