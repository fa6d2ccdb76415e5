import duckdb from '@duckdb/node-bindings';
import { isValid } from './native.ts';

const ENTRY_BYTES = 16;
const INLINE_BYTES = 12;
/** Smaller than a memory page: what lies between two strings this close is mapped, because both ends are. */
const RUN_GAP = 4096n;

/**
 * Reads a vector of strings with few native calls. DuckDB keeps up to 12 bytes in the entry itself and points to longer
 * ones; strings that lie close together in memory, as a Parquet page leaves them, are fetched as one run.
 */
export class StringReader {
  readonly #entries: Uint8Array;
  readonly #view: DataView;
  readonly #run: Int32Array;
  readonly #runStart: bigint[] = [];
  readonly #runs: Uint8Array[] = [];
  /** Where the value asked for last begins in its source, and its length. */
  start = 0;
  bytes = 0;

  constructor(vector: duckdb.Vector, count: number, validity: Uint8Array | undefined) {
    this.#entries = duckdb.vector_get_data(vector, count * ENTRY_BYTES);
    this.#view = new DataView(this.#entries.buffer, this.#entries.byteOffset, this.#entries.byteLength);
    this.#run = new Int32Array(count);
    let pointerOffset = 0;
    let begin = -1n;
    let end = -1n;
    const close = (): void => {
      if (begin < 0n) return;
      this.#runStart.push(begin);
      this.#runs.push(
        duckdb.get_data_from_pointer(
          this.#entries.buffer as ArrayBuffer,
          this.#entries.byteOffset + pointerOffset,
          Number(end - begin),
        ),
      );
    };
    for (let i = 0; i < count; i++) {
      if (!isValid(validity, i)) continue;
      const bytes = this.#view.getUint32(i * ENTRY_BYTES, true);
      if (bytes <= INLINE_BYTES) continue;
      const pointer = this.#view.getBigUint64(i * ENTRY_BYTES + 8, true);
      if (begin < 0n || pointer < begin || pointer > end + RUN_GAP) {
        close();
        begin = pointer;
        end = pointer;
        pointerOffset = i * ENTRY_BYTES + 8;
      }
      if (pointer + BigInt(bytes) > end) end = pointer + BigInt(bytes);
      this.#run[i] = this.#runs.length;
    }
    close();
  }

  /** The bytes that hold value `i`; `start` and `bytes` say where. */
  source(i: number): Uint8Array {
    this.bytes = this.#view.getUint32(i * ENTRY_BYTES, true);
    if (this.bytes <= INLINE_BYTES) {
      this.start = i * ENTRY_BYTES + 4;
      return this.#entries;
    }
    const run = this.#run[i];
    this.start = Number(this.#view.getBigUint64(i * ENTRY_BYTES + 8, true) - this.#runStart[run]);
    return this.#runs[run];
  }
}
