import { andBits } from '../bits.ts';
import type { BatchBuffers } from './batchBuffers.ts';

/** Which values are NULL: a buffer of bits, absent when none is. */
export class Validity {
  readonly #buffers: BatchBuffers;
  readonly #buffer: number;
  readonly #any: boolean;
  readonly #nullCount: number;

  constructor(buffers: BatchBuffers, buffer: number, nullCount: number) {
    this.#buffers = buffers;
    this.#buffer = buffer;
    this.#nullCount = nullCount;
    this.#any = nullCount > 0 && buffers.header.buffers[buffer].length > 0;
  }

  /**
   * Checks that a buffer can hold what `count` values take there: `bits` bits each, and `more` of them.
   * @throws NearduckError (Invalid Input Error).
   */
  check(buffer: number, count: number, bits: number, more = 0): void {
    this.#buffers.check(buffer, count + more, bits, this.#nullCount >= count);
    if (this.#any) this.#buffers.check(this.#buffer, count, 1);
  }

  /** The bits of `count` values, at the front; undefined when all are valid. */
  bits(start: number, count: number, parent?: Uint8Array): Uint8Array | undefined {
    return andBits(this.#any ? this.#buffers.bits(this.#buffer, start, count) : undefined, parent);
  }
}
