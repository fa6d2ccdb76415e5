import { availableParallelism } from 'node:os';
import type { SharedFloats } from '../rows/sharedFloats.ts';
import { freeBuffer } from '../threads/freeBuffer.ts';
import { IdleWork } from './idleWork.ts';
import type { InvalidRows } from './invalidRows.ts';
import { STATUS, Normalizer, type NormalizedRows, type RowBytes } from './normalizer.ts';
import { NormalizeThreads } from './normalizeThreads.ts';
import { RowStore, type RowStoreOptions } from '../rows/rowStore.ts';

/** Threads are started after this many bytes of rows. */
const THREAD_BYTES = 2 ** 25;
/** With fewer threads, DuckDB's threads and the main thread use all of them. */
const MIN_THREADS = 4;
/** From this many threads on, four of them normalise rows. */
const MIN_THREADS_FOR_MORE = 12;
/** Maximum bytes of rows that wait for the main thread. */
const WAITING_BYTES = 2 ** 25;

/** Options of an intake. */
export interface IntakeOptions {
  /** Options of the new store. Without it, the rows are only checked. */
  readonly store?: RowStoreOptions;
  /** A finished store with rows of the same length, to which the rows are appended. */
  readonly into?: RowStore;
  /** Returns false once rows need not be stored, because an error is certain. */
  readonly keep: () => boolean;
  /** Maximum number of threads. Default: one per core. */
  readonly threads?: number;
  /** Bytes of rows after which threads normalise, if there are at least four. Default: 32 MiB. */
  readonly threadBytes?: number;
}

/** Rows that were taken in. Their results may be pending. */
interface Batch {
  /** Their row numbers. */
  readonly rows: Int32Array;
  /** The position of the first row in the store; −1 when the rows are not stored. */
  readonly place: number;
  readonly hashes: Float64Array;
  readonly status: Uint8Array;
}

/** The stored rows. */
export interface IntakeResult {
  /** Undefined when no row is valid. */
  readonly store: RowStore | undefined;
  /** The numbers of the valid rows, in the order of the store. */
  readonly valid: Int32Array;
}

/** Normalises rows and stores them: first on the calling thread, and after many rows on separate threads. */
export class RowIntake {
  readonly #options: IntakeOptions;
  readonly #invalid: InvalidRows;
  readonly #batches: Batch[] = [];
  readonly #own = new Normalizer();
  readonly #later = new IdleWork(WAITING_BYTES);
  readonly #threadBytes: number;
  readonly #threadCount: number;
  #threads: NormalizeThreads | undefined;
  #store: RowStore | undefined;
  /** Number of rows that the store contained before. */
  readonly #before: number;
  #bytes = 0;
  /** Rows to be written to the file. */
  #scratch = new Float32Array(0);

  constructor(invalid: InvalidRows, options: IntakeOptions) {
    this.#invalid = invalid;
    this.#options = options;
    this.#store = options.into;
    this.#before = options.into?.rows ?? 0;
    const { threads = availableParallelism(), threadBytes } = options;
    this.#threadCount = threads < MIN_THREADS_FOR_MORE ? 2 : 4;
    this.#threadBytes = threadBytes ?? (threads < MIN_THREADS ? Infinity : THREAD_BYTES);
  }

  /** Takes rows in. `numbers` are their row numbers. Their buffer may be transferred to a thread. */
  take(rows: RowBytes, numbers: Int32Array): void {
    const count = numbers.length;
    const { store: options, keep } = this.#options;
    const store = options && keep() ? (this.#store ??= new RowStore(rows.dim, options)) : undefined;
    this.#bytes += count * rows.dim * rows.elementBytes;
    const place = store?.rows ?? -1;
    const segments = store ? store.reserve(count) : [];
    if (segments && this.#bytes > this.#threadBytes) {
      const results = new SharedArrayBuffer(count * 9);
      const into = resultsIn(results, count, segments);
      this.#batches.push({ rows: numbers, place, ...into });
      (this.#threads ??= new NormalizeThreads(this.#threadCount)).run(rows, into);
      return;
    }
    const scratch = this.#scratchFor(segments ? 0 : count * rows.dim);
    const into = resultsIn(new ArrayBuffer(count * 9), count, segments ?? [{ values: scratch }]);
    if (segments) {
      this.#later.add(this.#normalize(rows, into), rows.bytes.length);
    } else {
      // Rows for the file are written immediately.
      this.#own.run(rows, into);
      freeBuffer(rows.bytes.buffer as ArrayBuffer);
      store!.append(scratch, count);
    }
    this.#batches.push({ rows: numbers, place, ...into });
  }

  /** Waits for pending rows, records the invalid ones and removes them. */
  async finish(): Promise<IntakeResult> {
    this.#later.finish();
    await this.#threads?.end();
    this.#threads = undefined;
    const numbers = new Int32Array(this.#batches.reduce((sum, { rows }) => sum + rows.length, 0));
    const holes: number[] = [];
    let taken = 0;
    for (const { rows, place, hashes, status } of this.#batches) {
      if (place >= 0) this.#store?.setHashes(place, hashes);
      numbers.set(rows, taken);
      for (let i = 0; i < status.length; i++) {
        if (status[i] === STATUS.ok) continue;
        this.#invalid.add(rows[i], status[i] === STATUS.zero ? 'zero norm' : 'NaN or infinite element');
        holes.push(taken + i);
      }
      taken += rows.length;
    }
    this.#store?.finish();
    // Positions in the store equal row numbers here, unless rows were not stored. The store is useless then.
    if (this.#store && this.#store.rows - this.#before !== numbers.length) this.#drop();
    if (holes.length === 0) return { store: this.#store, valid: numbers };
    const order = this.#remove(holes) ?? orderWithout(numbers.length, new Set(holes));
    if (this.#store?.rows === 0) this.#drop();
    return { store: this.#store, valid: order.map((row) => numbers[row]) };
  }

  /** Releases all resources. */
  async close(): Promise<void> {
    this.#later.clear();
    await this.#threads?.stop();
    this.#drop();
  }

  *#normalize(rows: RowBytes, into: NormalizedRows): Generator<void, void> {
    yield* this.#own.pieces(rows, into);
    // This is a copy of a vector's memory. If it is not freed now, the next copy needs new pages, each with a
    // page fault.
    freeBuffer(rows.bytes.buffer as ArrayBuffer);
  }

  #scratchFor(values: number): Float32Array {
    if (this.#scratch.length < values) this.#scratch = new Float32Array(values);
    return this.#scratch.subarray(0, values);
  }

  /** Removes rows from the store, and renumbers the remaining rows from 0. */
  #remove(holes: readonly number[]): Int32Array | undefined {
    const before = this.#before;
    const numbers = this.#store?.remove(holes.map((hole) => before + hole));
    return numbers?.subarray(before).map((number) => number - before);
  }

  #drop(): void {
    if (this.#options.into) this.#store?.truncate(this.#before);
    else this.#store?.close();
    this.#store = undefined;
  }
}

function resultsIn(
  memory: ArrayBuffer | SharedArrayBuffer,
  count: number,
  segments: readonly SharedFloats[],
): NormalizedRows {
  return {
    segments,
    hashes: new Float64Array(memory, 0, count),
    status: new Uint8Array(memory, count * 8, count),
  };
}

const orderWithout = (count: number, holes: ReadonlySet<number>): Int32Array =>
  Int32Array.from({ length: count }, (_, row) => row).filter((row) => !holes.has(row));
