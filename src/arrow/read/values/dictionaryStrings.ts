import type { BatchBuffers } from '../batchBuffers.ts';
import { isSet, type Bytes, type StringSource } from './strings.ts';
import type { Validity } from './values.ts';

/** Dictionary-encoded strings: indices into values that are read once. */
export class DictionaryStrings implements StringSource {
  readonly #buffers: BatchBuffers;
  readonly #validity: Validity;
  readonly #data: number;
  readonly #width: number;
  readonly #dictionary: () => readonly Bytes[];

  constructor(
    buffers: BatchBuffers,
    validity: Validity,
    data: number,
    width: number,
    dictionary: () => readonly Bytes[],
  ) {
    this.#buffers = buffers;
    this.#validity = validity;
    this.#data = data;
    this.#width = width;
    this.#dictionary = dictionary;
  }

  read(start: number, count: number): Bytes[] {
    const bits = this.#validity.bits(start, count);
    const bytes = this.#buffers.bytes(this.#data, start * this.#width, (start + count) * this.#width);
    const dictionary = this.#dictionary();
    return Array.from({ length: count }, (_, i) =>
      isSet(bits, i) ? dictionary[this.#index(bytes, i)] : undefined,
    );
  }

  check(count: number): void {
    this.#validity.check(this.#data, count, 8 * this.#width);
  }

  /** Indices are never negative, so signed and unsigned ones read alike; those past 2³² do not occur. */
  #index(bytes: Uint8Array, i: number): number {
    let index = 0;
    for (let byte = Math.min(this.#width, 4) - 1; byte >= 0; byte--)
      index = index * 256 + bytes[i * this.#width + byte];
    return index;
  }
}
