import { andBits } from '../bits.ts';
import type { BatchBuffers } from './batchBuffers.ts';

/** The NULLs of a field. */
interface Validity {
  /**
   * Checks that a buffer can hold `count + more` entries of `bits` bits, and the validity buffer `count` bits.
   * @throws NearduckError (Invalid Input Error) when it cannot.
   */
  check(buffer: number, count: number, bits: number, more?: number): void;
  /** The validity bits of `count` values, moved to the front. Returns undefined when all are valid. */
  bits(start: number, count: number, parent?: Uint8Array): Uint8Array | undefined;
}

/** The bytes of a value, or undefined for NULL. */
export type Bytes = Uint8Array | undefined;

/** A source of strings and blobs. */
interface StringSource {
  /** Reads values `start` to `start + count` (exclusive). */
  read(start: number, count: number): Bytes[];
  /** @throws NearduckError (Invalid Input Error) when the buffers cannot hold `count` values. */
  check(count: number): void;
}

/** Reads one of Arrow's string layouts. Takes the nodes and buffers of the field from the cursor. */
export type ReadStrings = (cursor: FieldCursor) => StringSource;

/** Returns all values of dictionary `id`. `read` reads each of its batches. */
type DictionaryLookup = (id: number, read: ReadStrings) => readonly Bytes[];

/** Visits the fields of a message in the order of their nodes and buffers, which is depth first. */
export class FieldCursor {
  readonly buffers: BatchBuffers;
  readonly dictionary: DictionaryLookup;
  #node = 0;
  #buffer = 0;
  #variadic = 0;

  constructor(buffers: BatchBuffers, dictionary: DictionaryLookup) {
    this.buffers = buffers;
    this.dictionary = dictionary;
  }

  /** Takes the node and the first buffer of the next field, a bitmap that may be absent. */
  validity(): Validity {
    const { buffers } = this;
    const { nullCount } = this.#nodeAt(this.#node++);
    const bitmap = this.buffer();
    const hasNulls = nullCount > 0 && buffers.header.buffers[bitmap].length > 0;
    return {
      check(buffer, count, bits, more = 0) {
        buffers.check(buffer, count + more, bits, nullCount >= count);
        if (hasNulls) buffers.check(bitmap, count, 1);
      },
      bits: (start, count, parent) =>
        andBits(hasNulls ? buffers.bits(bitmap, start, count) : undefined, parent),
    };
  }

  /** The number of values of the next field. */
  nextLength(): number {
    return this.#nodeAt(this.#node).length;
  }

  /** Takes the node of a field without buffers. */
  skipNode(): void {
    this.#node++;
  }

  /** Takes the next buffer and returns its number. */
  buffer(): number {
    // The buffer counts of view fields can be damaged.
    if (!this.buffers.header.buffers[this.#buffer]) throw this.buffers.damaged();
    return this.#buffer++;
  }

  /** Takes the data buffers of a view field. Each batch records their number. */
  variadicBuffers(): void {
    this.#buffer += this.buffers.header.variadicBufferCounts[this.#variadic++] ?? 0;
  }

  #nodeAt(number: number): { readonly length: number; readonly nullCount: number } {
    const node = this.buffers.header.nodes[number];
    if (!node) throw this.buffers.damaged();
    return node;
  }
}
