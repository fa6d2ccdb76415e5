import duckdb from '@duckdb/node-bindings';
import { freeBuffer } from '../threads/freeBuffer.ts';
import { isValid } from './native.ts';

// A DuckDB vector stores a string as an entry: its length, then either up to twelve bytes of text, or the
// first four bytes and the address of the text.

/** Size of an entry in bytes. */
export const ENTRY_BYTES = 16;
/** Size of an entry in 32-bit words. */
export const ENTRY_WORDS = 4;
/** Strings of up to this many bytes are stored in their entry. */
export const INLINE_BYTES = 12;
/** The value of one unit in the high word of an address. Addresses in user space fit exactly in a number. */
export const HIGH_WORD = 2 ** 32;

/** Strings closer than this are one run. A gap smaller than a memory page is always mapped. */
const RUN_GAP = 4096;

/** A run of memory that holds strings lying close together. */
export interface Run {
  /** The address of the first string. Addresses in user space fit exactly in a number. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Sum of the strings' lengths in bytes. A string that two values share counts twice. */
  readonly used: number;
}

/**
 * Reads a vector of strings with few native calls. DuckDB stores strings of up to 12 bytes in their entry;
 * longer strings are stored elsewhere. Strings that lie close together in memory, as in a Parquet page, are
 * fetched as one run.
 */
export class StringReader {
  readonly runs: readonly Run[];
  readonly #entries: Uint8Array;
  /** The entries as 32-bit words. */
  readonly #words: Uint32Array;
  /** Per value, its run; −1 for a value stored in its entry. */
  readonly #run: Int32Array;
  /** The start of the last requested value in its source, and its length in bytes. */
  start = 0;
  bytes = 0;

  constructor(vector: duckdb.Vector, count: number, validity: Uint8Array | undefined) {
    this.#entries = duckdb.vector_get_data(vector, count * ENTRY_BYTES);
    this.#words = new Uint32Array(this.#entries.buffer, this.#entries.byteOffset, count * ENTRY_WORDS);
    this.#run = new Int32Array(count).fill(-1);
    this.runs = this.#fetch(count, validity);
  }

  /** Returns the bytes that hold value `i`, and sets `start` and `bytes` to its position in them. */
  source(i: number): Uint8Array {
    this.bytes = this.#words[i * ENTRY_WORDS];
    const run = this.#run[i];
    if (run < 0) {
      this.start = i * ENTRY_BYTES + 4;
      return this.#entries;
    }
    this.start = this.#address(i) - this.runs[run].start;
    return this.runs[run].bytes;
  }

  /** Frees the vector's entries. Call it when all values are read; the runs remain valid. */
  close(): void {
    freeBuffer(this.#entries.buffer as ArrayBuffer);
  }

  /** Returns the run that holds value `i`, or −1 when its entry holds it. */
  run(i: number): number {
    return this.#run[i];
  }

  #address(i: number): number {
    return this.#words[i * ENTRY_WORDS + 2] + this.#words[i * ENTRY_WORDS + 3] * HIGH_WORD;
  }

  #fetch(count: number, validity: Uint8Array | undefined): Run[] {
    const runs: Run[] = [];
    let first = -1;
    let start = 0;
    let end = 0;
    let used = 0;
    const close = (): void => {
      if (first < 0) return;
      const { buffer, byteOffset } = this.#entries;
      const pointer = byteOffset + first * ENTRY_BYTES + 8;
      const bytes = duckdb.get_data_from_pointer(buffer as ArrayBuffer, pointer, end - start);
      runs.push({ start, bytes, used });
    };
    for (let i = 0; i < count; i++) {
      const bytes = this.#words[i * ENTRY_WORDS];
      if (bytes <= INLINE_BYTES || !isValid(validity, i)) continue;
      const address = this.#address(i);
      if (first < 0 || address < start || address > end + RUN_GAP) {
        close();
        first = i;
        start = address;
        end = address;
        used = 0;
      }
      end = Math.max(end, address + bytes);
      used += bytes;
      this.#run[i] = runs.length;
    }
    close();
    return runs;
  }
}
