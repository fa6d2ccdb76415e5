import { availableParallelism } from 'node:os';
import { Lane } from './lane.ts';
import type { LaneCalls } from './laneCalls.ts';
import { WorkerLane } from './workerLane.ts';

/** How long worker threads wait for more work before they and their memory go. */
const IDLE_MILLISECONDS = 2000;

/**
 * The threads that compute: workers, as many as told, made when large work comes and gone a while after it,
 * and a lane on the calling thread for work too small to start them for.
 */
export class Lanes {
  /** Worker threads for the next call. */
  count = availableParallelism();
  readonly #int8: boolean;
  #workers: WorkerLane[] | undefined;
  #own: Lane | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(int8: boolean) {
    this.#int8 = int8;
  }

  /** One lane on this thread. */
  own(): readonly LaneCalls[] {
    return [(this.#own ??= new Lane(this.#int8))];
  }

  /** True when worker threads are running. */
  get running(): boolean {
    return this.#workers !== undefined;
  }

  workers(): readonly LaneCalls[] {
    const kept = this.#workers;
    // A thread that ran out of memory fails the work at hand; the next gets new ones.
    if (kept?.length !== this.count || kept.some((lane) => lane.failed)) {
      for (const lane of kept ?? []) lane.close().catch(() => {});
      this.#workers = Array.from({ length: this.count }, () => new WorkerLane(this.#int8));
    }
    return this.#workers!;
  }

  /** Lets go of the tiles that lanes keep. A lane that cannot has failed, and says so at the next call. */
  release(): void {
    for (const lane of this.#all()) lane.release().catch(() => {});
  }

  /** Keeps the lanes until `unhold`. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  unhold(): void {
    this.#timer = setTimeout(() => void this.close(), IDLE_MILLISECONDS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const lanes = this.#all();
    this.#workers = undefined;
    this.#own = undefined;
    await Promise.all(lanes.map((lane) => lane.close()));
  }

  #all(): LaneCalls[] {
    return [...(this.#workers ?? []), ...(this.#own ? [this.#own] : [])];
  }
}
