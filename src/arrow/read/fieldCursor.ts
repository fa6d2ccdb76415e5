import type { BatchBuffers } from './batchBuffers.ts';
import { Validity } from './validity.ts';

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

  /** Takes the node and the first buffer of the next field, and returns its validity. */
  validity(): Validity {
    const { nullCount } = this.#nodeAt(this.#node++);
    return new Validity(this.buffers, this.buffer(), nullCount);
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
