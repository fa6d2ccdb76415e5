import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work between two turns of the event loop. */
const WORK_MILLISECONDS = 10;

/** Lets the event loop take turns during long loops: timers fire, and an interrupt arrives. */
export class Turns {
  signal: AbortSignal | undefined;
  #last = performance.now();

  isDue(): boolean {
    return performance.now() - this.#last > WORK_MILLISECONDS;
  }

  /** @throws the reason of the signal once it is aborted. */
  async take(): Promise<void> {
    await nextTurn();
    this.signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
