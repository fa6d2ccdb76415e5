import { availableParallelism } from 'node:os';
import type { SharedFloats } from '../rows/sharedFloats.ts';
import { freeBuffer } from '../threads/freeBuffer.ts';
import { IdleWork } from './idleWork.ts';
import type { InvalidRows } from './invalidRows.ts';
import { STATUS, Normalizer, type NormalizedRows, type RowBytes } from './normalizer.ts';
import { NormalizeThreads } from './normalizeThreads.ts';
import { RowStore, type RowStoreOptions } from '../rows/rowStore.ts';

/** Bytes of rows after which threads are started for those to come. */
const THREAD_BYTES = 2 ** 25;
/** Threads below which DuckDB's threads and this one leave none idle. */
const LEAST_THREADS = 4;
/** Threads from which on four of them normalise. */
const MANY_THREADS = 12;
/** Bytes of rows that may wait for this thread to have time. */
const WAITING_BYTES = 2 ** 25;

export interface IntakeOptions {
  /** Where the rows are kept; without it they are only checked. */
  readonly store?: RowStoreOptions;
  /** A finished store to append them to, in place of one of their own; of rows as long. */
  readonly into?: RowStore;
  /** False once rows need no longer be kept, since an error is sure. */
  readonly keep: () => boolean;
  /** Threads there may be; default one a core. */
  readonly threads?: number;
  /** Bytes of rows after which threads take over; default 32 MiB, never with fewer than four of them. */
  readonly threadBytes?: number;
}

/** Rows taken in, whose results may still be under way. */
interface Batch {
  /** Their numbers. */
  readonly rows: Int32Array;
  /** The first one's place in the store; −1 when they are not kept. */
  readonly place: number;
  readonly hashes: Float64Array;
  readonly status: Uint8Array;
}

export interface TakenRows {
  /** Undefined when no row is valid. */
  readonly store: RowStore | undefined;
  /** The numbers of the valid rows, in the order they were stored in. */
  readonly valid: Int32Array;
}

/** Normalises rows into a store: on the calling thread, and once many have come on threads of their own. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #invalid: InvalidRows;
  readonly #batches: Batch[] = [];
  readonly #own = new Normalizer();
  readonly #later = new IdleWork(WAITING_BYTES);
  readonly #threadBytes: number;
  readonly #threadCount: number;
  #threads: NormalizeThreads | undefined;
  #store: RowStore | undefined;
  /** Rows of the store that were there before. */
  readonly #before: number;
  #bytes = 0;
  /** Rows on their way to the file. */
  #scratch = new Float32Array(0);

  constructor(invalid: InvalidRows, options: IntakeOptions) {
    this.#invalid = invalid;
    this.#options = options;
    this.#store = options.into;
    this.#before = options.into?.rows ?? 0;
    const { threads = availableParallelism(), threadBytes } = options;
    this.#threadCount = threads < MANY_THREADS ? 2 : 4;
    this.#threadBytes = threadBytes ?? (threads < LEAST_THREADS ? Infinity : THREAD_BYTES);
  }

  /** Takes rows in; `numbers` are theirs. The bytes may change hands. */
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
      // What goes to the file is written as it comes.
      this.#own.run(rows, into);
      freeBuffer(rows.bytes.buffer as ArrayBuffer);
      store!.append(scratch, count);
    }
    this.#batches.push({ rows: numbers, place, ...into });
  }

  /** Waits for the rows under way, notes those that are invalid and leaves them out. */
  async finish(): Promise<TakenRows> {
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
    // Places in the store are numbered as rows here, unless rows were not kept: then there is no use for it.
    if (this.#store && this.#store.rows - this.#before !== numbers.length) this.#drop();
    if (holes.length === 0) return { store: this.#store, valid: numbers };
    const order = this.#remove(holes) ?? orderWithout(numbers.length, new Set(holes));
    if (this.#store?.rows === 0) this.#drop();
    return { store: this.#store, valid: order.map((row) => numbers[row]) };
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    this.#later.clear();
    await this.#threads?.stop();
    this.#drop();
  }

  *#normalize(rows: RowBytes, into: NormalizedRows): Generator<void, void> {
    yield* this.#own.pieces(rows, into);
    // The copy of a vector's memory: without this the next one takes fresh pages, each of which faults.
    freeBuffer(rows.bytes.buffer as ArrayBuffer);
  }

  #scratchFor(values: number): Float32Array {
    if (this.#scratch.length < values) this.#scratch = new Float32Array(values);
    return this.#scratch.subarray(0, values);
  }

  /** Takes rows out of the store, and numbers those left from 0. */
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
