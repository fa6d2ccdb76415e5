import { availableParallelism } from 'node:os';
import { Lane } from './lane.ts';
import type { LaneCalls } from './laneCalls.ts';
import { WorkerLane } from './workerLane.ts';

/** Milliseconds that worker threads wait for more work before they and their memory are released. */
const IDLE_MS = 2000;

/**
 * The computing threads. Worker threads are started for large work and end when they are idle for a while.
 * Small work runs in a lane on the calling thread.
 */
export class Lanes {
  /** Number of worker threads for the next call. */
  count = availableParallelism();
  readonly #int8: boolean;
  #workers: WorkerLane[] | undefined;
  #own: Lane | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(int8: boolean) {
    this.#int8 = int8;
  }

  /** One lane on the calling thread. */
  own(): readonly LaneCalls[] {
    return [(this.#own ??= new Lane(this.#int8))];
  }

  /** True when worker threads are running. */
  get hasWorkers(): boolean {
    return this.#workers !== undefined;
  }

  workers(): readonly LaneCalls[] {
    const kept = this.#workers;
    // When a thread runs out of memory, the current call fails; the next call gets new threads.
    if (kept?.length !== this.count || kept.some((lane) => lane.failed)) {
      for (const lane of kept ?? []) lane.close().catch(() => {});
      this.#workers = Array.from({ length: this.count }, () => new WorkerLane(this.#int8));
    }
    return this.#workers!;
  }

  /** Releases the tiles that lanes keep. A lane that fails here reports it at the next call. */
  release(): void {
    for (const lane of this.#all()) lane.release().catch(() => {});
  }

  /** Keeps the lanes until `closeWhenIdle` is called. */
  keepAlive(): void {
    clearTimeout(this.#timer);
  }

  closeWhenIdle(): void {
    this.#timer = setTimeout(() => void this.close(), IDLE_MS);
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
