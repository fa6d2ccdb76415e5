import type { BatchBuffers } from './batchBuffers.ts';
import { Validity } from './validity.ts';

/** A value's bytes; undefined for NULL. */
export type Bytes = Uint8Array | undefined;

/** Where strings and blobs come from. */
interface StringSource {
  /** Values `start` to `start + count`. */
  read(start: number, count: number): Bytes[];
  /** @throws NearduckError (Invalid Input Error) when the buffers cannot hold `count` values. */
  check(count: number): void;
}

/** One of Arrow's layouts of strings: takes the field's nodes and buffers off the cursor. */
export type ReadStrings = (cursor: FieldCursor) => StringSource;

/** All values of dictionary `id`; `read` reads each of its parts. */
type DictionaryLookup = (id: number, read: ReadStrings) => readonly Bytes[];

/** Walks the fields of a message in the order their nodes and buffers are written: depth first. */
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

  /** The next field's NULLs: takes its node and its first buffer. */
  validity(): Validity {
    const { nullCount } = this.#nodeAt(this.#node++);
    return new Validity(this.buffers, this.buffer(), nullCount);
  }

  /** Values of the field that comes next. */
  nextLength(): number {
    return this.#nodeAt(this.#node).length;
  }

  /** Takes the node of a field without buffers. */
  skipNode(): void {
    this.#node++;
  }

  /** Takes a buffer; its number. */
  buffer(): number {
    // The counts of view buffers may lead anywhere.
    if (!this.buffers.header.buffers[this.#buffer]) throw this.buffers.damaged();
    return this.#buffer++;
  }

  /** Takes the data buffers of a field of views: each batch says how many there are. */
  variadicBuffers(): void {
    this.#buffer += this.buffers.header.variadicBufferCounts[this.#variadic++] ?? 0;
  }

  #nodeAt(number: number): { readonly length: number; readonly nullCount: number } {
    const node = this.buffers.header.nodes[number];
    if (!node) throw this.buffers.damaged();
    return node;
  }
}
