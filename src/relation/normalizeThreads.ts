import type { Worker } from 'node:worker_threads';
import { startWorker } from '../threads/startWorker.ts';
import type { NormalizedRows, RowBytes } from './normalizer.ts';

/** A message to a thread: rows to normalise and their destination, or the request to end. */
export type NormalizeMessage = { readonly rows: RowBytes; readonly into: NormalizedRows } | 'end';

/** In shared memory: the number of messages that the threads have processed, and whether one failed. */
export interface NormalizeState {
  readonly done: Int32Array;
  readonly failed: Int32Array;
}

/** Maximum number of pending messages per thread: about this many chunks of rows are in memory. */
const AHEAD = 3;
/** Threads that make no progress for this many milliseconds are considered stuck. */
const STALL_MS = 60_000;

/** Threads that normalise rows into shared memory. */
export class NormalizeThreads {
  readonly #state: NormalizeState = { done: sharedInteger(), failed: sharedInteger() };
  readonly #workers: readonly Worker[];
  #posted = 0;

  /** Starts `count` threads. Two keep up with DuckDB; when all memory is new, four are needed. */
  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => {
      const worker = startWorker('#normalizeWorker', this.#state);
      worker.on('error', () => Atomics.store(this.#state.failed, 0, 1));
      worker.unref();
      return worker;
    });
  }

  /**
   * Normalises rows on a thread. Their buffer is transferred. Blocks the calling thread while too many rows
   * are pending.
   * @throws Error when a thread failed.
   */
  run(rows: RowBytes, into: NormalizedRows): void {
    this.#waitFor(this.#posted - AHEAD * this.#workers.length);
    const message: NormalizeMessage = { rows, into };
    this.#workers[this.#posted++ % this.#workers.length].postMessage(message, [
      rows.bytes.buffer as ArrayBuffer,
    ]);
  }

  /** Waits for all rows and ends the threads. @throws Error when a thread failed. */
  async end(): Promise<void> {
    await Promise.all(
      this.#workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.ref();
            worker.on('message', () => resolve());
            worker.on('error', reject);
            worker.postMessage('end' satisfies NormalizeMessage);
          }),
      ),
    );
    this.#check();
  }

  /** Ends the threads immediately. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #waitFor(count: number): void {
    const { done } = this.#state;
    for (let now = Atomics.load(done, 0); now < count; now = Atomics.load(done, 0)) {
      this.#check();
      if (Atomics.wait(done, 0, now, STALL_MS) === 'timed-out') throw failure();
    }
    this.#check();
  }

  #check(): void {
    if (Atomics.load(this.#state.failed, 0) !== 0) throw failure();
  }
}

const sharedInteger = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
const failure = (): Error => new Error('a thread that normalises rows failed');
