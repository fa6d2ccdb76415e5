import type { BatchBuffers } from '../batchBuffers.ts';
import { isSet, type Bytes, type StringSource } from './strings.ts';
import type { Validity } from './values.ts';

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

/** Utf8View, BinaryView: short values in the view itself, long ones in any of several buffers. */
export class ViewStrings implements StringSource {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #views: number;

  /** `views` is the buffer of views; the data buffers come after it. */
  constructor(buffers: BatchBuffers, validity: Validity, views: number) {
    this.#buffers = buffers;
    this.#validity = validity;
    this.#views = views;
  }

  read(start: number, count: number): Bytes[] {
    const bits = this.#validity.bits(start, count);
    const views = this.#buffers.bytes(this.#views, start * VIEW_BYTES, (start + count) * VIEW_BYTES);
    const words = new Int32Array(views.buffer, views.byteOffset, count * 4);
    const ranges = new Map<number, { from: number; to: number; bytes?: Uint8Array }>();
    const isLong = (i: number): boolean => isSet(bits, i) && words[4 * i] > INLINE_BYTES;
    for (let i = 0; i < count; i++) {
      if (!isLong(i)) continue;
      const [length, , buffer, offset] = words.subarray(4 * i, 4 * i + 4);
      const range = ranges.get(buffer) ?? { from: offset, to: offset };
      range.from = Math.min(range.from, offset);
      range.to = Math.max(range.to, offset + length);
      ranges.set(buffer, range);
    }
    for (const [buffer, range] of ranges)
      range.bytes = this.#buffers.bytes(this.#views + 1 + buffer, range.from, range.to);
    return Array.from({ length: count }, (_, i) => {
      if (!isSet(bits, i)) return undefined;
      const length = words[4 * i];
      if (!isLong(i)) return views.subarray(i * VIEW_BYTES + 4, i * VIEW_BYTES + 4 + length);
      const { from, bytes } = ranges.get(words[4 * i + 2])!;
      const offset = words[4 * i + 3] - from;
      return bytes!.subarray(offset, offset + length);
    });
  }

  check(count: number): void {
    this.#validity.check(this.#views, count, 8 * VIEW_BYTES);
  }
}
