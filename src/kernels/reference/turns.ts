import { setImmediate } from 'node:timers/promises';
import type { Work } from '../kernels.ts';

/** Multiply-adds per turn, which takes a few tens of milliseconds. */
const MULTIPLY_ADDS_PER_TURN = 2 ** 25;

/**
 * Divides a long loop into turns of the event loop, so that the call can be aborted and can report progress.
 */
export class Turns {
  readonly #work: Work;
  readonly #dim: number;
  readonly #total: number;
  #done = 0;
  #end: number;

  /** For a loop over `total` pairs of rows of `dim` values. */
  constructor(work: Work, dim: number, total: number) {
    this.#work = work;
    this.#dim = dim;
    this.#total = total;
    this.#end = MULTIPLY_ADDS_PER_TURN / dim;
    work.signal.throwIfAborted();
  }

  /** Counts compared pairs. Returns true when it is time to call `next`. */
  isOver(pairs: number): boolean {
    this.#done += pairs;
    return this.#done >= this.#end;
  }

  /**
   * Reports progress and yields to the event loop.
   * @throws the signal's reason once it is aborted.
   */
  async next(): Promise<void> {
    this.#work.progress?.(this.#done, this.#total);
    await setImmediate();
    this.#work.signal.throwIfAborted();
    this.#end = this.#done + MULTIPLY_ADDS_PER_TURN / this.#dim;
  }
}
