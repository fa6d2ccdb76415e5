import duckdb from '@duckdb/node-bindings';
import { freeBuffer } from '../threads/freeBuffer.ts';
import { writeBytes } from './native.ts';

// A DuckDB vector stores a list as an entry: two 64-bit integers, the position of its first element in the
// child vector and its length. A list has fewer than 2³² elements.

const ENTRY_WORDS = 4;

/** The entries of a LIST or MAP vector as 32-bit words. Entries of NULL hold arbitrary values. */
export class ListEntries {
  readonly #words: Uint32Array<ArrayBuffer>;

  constructor(vector: duckdb.Vector, count: number) {
    const { buffer, byteOffset } = duckdb.vector_get_data(vector, count * ENTRY_WORDS * 4);
    this.#words = new Uint32Array(buffer as ArrayBuffer, byteOffset, count * ENTRY_WORDS);
  }

  start(row: number): number {
    return this.#words[row * ENTRY_WORDS] + this.#words[row * ENTRY_WORDS + 1] * 2 ** 32;
  }

  length(row: number): number {
    return this.#words[row * ENTRY_WORDS + 2];
  }

  /** Frees the copy of the vector's memory. */
  close(): void {
    freeBuffer(this.#words.buffer);
  }
}

/**
 * Writes the entries of `count` adjacent lists, beginning at row `at`. List i consists of elements `offset(i)` to
 * `offset(i + 1)` (exclusive).
 */
export function writeListEntries(
  vector: duckdb.Vector,
  at: number,
  count: number,
  offset: (i: number) => number,
): void {
  const entries = new BigUint64Array(count * 2);
  for (let i = 0; i < count; i++) {
    entries[2 * i] = BigInt(offset(i));
    entries[2 * i + 1] = BigInt(offset(i + 1) - offset(i));
  }
  writeBytes(vector, at * ENTRY_WORDS * 4, new Uint8Array(entries.buffer));
}
