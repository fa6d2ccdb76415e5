import type { Work } from '../kernels.ts';
import type { GpuDevice } from './device/gpuDevice.ts';

/** How often progress is told at most. */
const REPORT_MS = 100;

/** One call while it runs: whether it was aborted, how far it is, and what the device still does for it. */
export class Call {
  /** Bytes of rows it may hold beside those of the store. */
  readonly memory: number;
  readonly #gpu: GpuDevice;
  readonly #work: Work;
  readonly #total: number;
  readonly #pending = new Set<Promise<void>>();
  #done = 0;
  #reportedAt = performance.now();
  #failure: { readonly error: unknown } | undefined;

  /** `total`: pairs of rows to compare. */
  constructor(gpu: GpuDevice, work: Work, total: number) {
    this.memory = work.memory;
    this.#gpu = gpu;
    this.#work = work;
    this.#total = total;
  }

  /** Throws the reason of an abort, or what went wrong with the work that is tracked. */
  check(): void {
    this.#work.signal.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
  }

  /** Has the call wait for `end` before it settles. */
  track(end: Promise<unknown>): void {
    const settled: Promise<void> = end
      .then(
        () => {},
        (error: unknown) => void (this.#failure ??= { error }),
      )
      .then(() => void this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  /** Counts `pairs` more pairs as compared. */
  add(pairs: number): void {
    this.#done += pairs;
    this.report();
  }

  /** Tells how far the call is, unless it was told a moment ago. */
  report(): void {
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    this.#work.progress?.(this.#done, this.#total);
  }

  /** Waits for all that is tracked, and throws what went wrong with it. */
  async finish(): Promise<void> {
    await Promise.all(this.#pending);
    this.check();
    this.#work.progress?.(this.#total, this.#total);
  }

  /** Waits for all that was submitted, however it ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    await this.#gpu.idle();
  }
}
