import { andBits } from '../bits.ts';
import type { BatchBuffers } from './batchBuffers.ts';

/** The NULLs of a field: a bitmap buffer, which is absent when there are none. */
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
   * Checks that a buffer can hold `count + more` entries of `bits` bits, and the validity buffer `count`
   * bits.
   * @throws NearduckError (Invalid Input Error) when it cannot.
   */
  check(buffer: number, count: number, bits: number, more = 0): void {
    this.#buffers.check(buffer, count + more, bits, this.#nullCount >= count);
    if (this.#any) this.#buffers.check(this.#buffer, count, 1);
  }

  /** The validity bits of `count` values, moved to the front. Returns undefined when all are valid. */
  bits(start: number, count: number, parent?: Uint8Array): Uint8Array | undefined {
    return andBits(this.#any ? this.#buffers.bits(this.#buffer, start, count) : undefined, parent);
  }
}
