import type { Worker } from 'node:worker_threads';
import { startWorker } from '../threads/startWorker.ts';
import type { NormalizedRows, RowBytes } from './normalizer.ts';

export type NormalizeMessage = { readonly rows: RowBytes; readonly into: NormalizedRows } | 'end';

/** In shared memory: how many messages the threads have done, and whether one failed. */
export interface NormalizeState {
  readonly done: Int32Array;
  readonly failed: Int32Array;
}

/** Messages under way at most for each thread: about this many chunks of rows wait in memory. */
const AHEAD = 3;
/** Milliseconds without a sign of the threads after which they are given up. */
const PATIENCE = 60_000;

/** Threads that normalise rows into shared memory. */
export class NormalizeThreads {
  readonly #state: NormalizeState = { done: sharedInteger(), failed: sharedInteger() };
  readonly #workers: readonly Worker[];
  #posted = 0;

  /** `count`: how many. Two keep up with the thread that takes rows out of DuckDB, four where all memory is new. */
  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => {
      const worker = startWorker('#normalizeWorker', this.#state);
      worker.on('error', () => Atomics.store(this.#state.failed, 0, 1));
      worker.unref();
      return worker;
    });
  }

  /**
   * Has rows normalised; their bytes change hands. Waits, and the calling thread with it, while too many are under way.
   * @throws Error when a thread failed.
   */
  run(rows: RowBytes, into: NormalizedRows): void {
    this.#waitFor(this.#posted - AHEAD * this.#workers.length);
    const message: NormalizeMessage = { rows, into };
    this.#workers[this.#posted++ % this.#workers.length].postMessage(message, [
      rows.bytes.buffer as ArrayBuffer,
    ]);
  }

  /** Waits for all rows and ends the threads. @throws Error when one failed. */
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

  /** Ends the threads at once. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #waitFor(count: number): void {
    const { done } = this.#state;
    for (let now = Atomics.load(done, 0); now < count; now = Atomics.load(done, 0)) {
      this.#check();
      if (Atomics.wait(done, 0, now, PATIENCE) === 'timed-out') throw failure();
    }
    this.#check();
  }

  #check(): void {
    if (Atomics.load(this.#state.failed, 0) !== 0) throw failure();
  }
}

const sharedInteger = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
const failure = (): Error => new Error('a thread that normalises rows failed');
