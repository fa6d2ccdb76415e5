import duckdb from '@duckdb/node-bindings';
import { freeBuffer } from '../threads/freeBuffer.ts';
import { isValid } from './native.ts';
import { ENTRY_BYTES, ENTRY_WORDS, HIGH_WORD, INLINE_BYTES } from './stringEntry.ts';

/** Smaller than a memory page: what lies between two strings this close is mapped, because both ends are. */
const RUN_GAP = 4096;

/** Strings that lie close together in memory. */
export interface Run {
  /** The address of the first one. Addresses of user space are exact as numbers. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Bytes of its strings, those that occur twice counted twice. */
  readonly used: number;
}

/**
 * Reads a vector of strings with few native calls. DuckDB keeps up to 12 bytes in the entry itself and points to longer
 * ones; strings that lie close together in memory, as a Parquet page leaves them, are fetched as one run.
 */
export class StringReader {
  readonly runs: readonly Run[];
  readonly #entries: Uint8Array;
  /** Of an entry: length, then twelve bytes, or four bytes and the address. */
  readonly #words: Uint32Array;
  /** Per value its run; −1 for one that is in its entry. */
  readonly #run: Int32Array;
  /** Where the value asked for last begins in its source, and its length. */
  start = 0;
  bytes = 0;

  constructor(vector: duckdb.Vector, count: number, validity: Uint8Array | undefined) {
    this.#entries = duckdb.vector_get_data(vector, count * ENTRY_BYTES);
    this.#words = new Uint32Array(this.#entries.buffer, this.#entries.byteOffset, count * ENTRY_WORDS);
    this.#run = new Int32Array(count).fill(-1);
    this.runs = this.#fetch(count, validity);
  }

  /** The bytes that hold value `i`; `start` and `bytes` say where. */
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

  /** Frees what is left of the vector, once all values were taken; the runs stay. */
  close(): void {
    freeBuffer(this.#entries.buffer as ArrayBuffer);
  }

  /** The run that holds value `i`; −1 when its entry does. */
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
