import { availableParallelism } from 'node:os';
import { Lane } from './lane.ts';
import type { LaneCalls } from './laneCalls.ts';
import { WorkerLane } from './workerLane.ts';

/** How long worker threads wait for more work before they and their memory go. */
const IDLE_MILLISECONDS = 2000;

/**
 * The threads that compute: workers, as many as told, made when large work comes and gone a while after it, and a lane on
 * the calling thread for work too small to start them for.
 */
export class Lanes {
  /** Worker threads at most; a change takes effect when those there are have nothing left to do. */
  count: number;
  readonly #int8: boolean;
  #workers: WorkerLane[] | undefined;
  #own: Lane | undefined;
  #holds = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(int8: boolean, count = availableParallelism()) {
    this.#int8 = int8;
    this.count = count;
  }

  /** One lane on this thread. */
  own(): readonly LaneCalls[] {
    return [(this.#own ??= new Lane(this.#int8))];
  }

  /** Whether worker threads are there already. */
  get running(): boolean {
    return this.#workers !== undefined;
  }

  workers(): readonly LaneCalls[] {
    const there = this.#workers;
    // A thread that ran out of memory fails the work at hand; the next gets new ones.
    if (there?.some((lane) => lane.failed) || (this.#holds === 0 && there?.length !== this.count)) {
      for (const lane of there ?? []) lane.close().catch(() => {});
      this.#workers = undefined;
    }
    this.#workers ??= Array.from({ length: this.count }, () => new WorkerLane(this.#int8));
    return this.#workers;
  }

  /** Keeps the workers until the matching `unhold`. */
  hold(): void {
    this.#holds++;
    clearTimeout(this.#timer);
  }

  unhold(): void {
    if (--this.#holds > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.close(), IDLE_MILLISECONDS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const lanes: LaneCalls[] = [...(this.#workers ?? []), ...(this.#own ? [this.#own] : [])];
    this.#workers = undefined;
    this.#own = undefined;
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
