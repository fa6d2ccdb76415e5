import type { Work } from '../kernels.ts';
import type { GpuDevice } from './device/gpuDevice.ts';

/** Minimum milliseconds between two progress reports. */
const REPORT_MS = 100;

/** A running call: its abort signal, its progress, and the pending work of the device. */
export class Call {
  /** Bytes of rows that the call may hold in addition to the stores. */
  readonly memory: number;
  readonly #gpu: GpuDevice;
  readonly #work: Work;
  readonly #total: number;
  readonly #pending = new Set<Promise<void>>();
  #done = 0;
  #reportedAt = performance.now();
  #failure: { readonly error: unknown } | undefined;

  /** `total` is the number of pairs to compare. */
  constructor(gpu: GpuDevice, work: Work, total: number) {
    this.memory = work.memory;
    this.#gpu = gpu;
    this.#work = work;
    this.#total = total;
  }

  /** Throws the reason of an abort, or the error of tracked work. */
  check(): void {
    this.#work.signal.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
  }

  /** Makes the call wait for `end` before it settles. */
  track(end: Promise<unknown>): void {
    const settled: Promise<void> = end
      .then(
        () => {},
        (error: unknown) => void (this.#failure ??= { error }),
      )
      .then(() => void this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  /** Adds to the number of compared pairs. */
  add(pairs: number): void {
    this.#done += pairs;
    this.report();
  }

  /** Reports progress, unless the last report was less than `REPORT_MS` ago. */
  report(): void {
    const now = performance.now();
    if (now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    this.#work.progress?.(this.#done, this.#total);
  }

  /** Waits for all tracked work, and throws its error if it failed. */
  async finish(): Promise<void> {
    await Promise.all(this.#pending);
    this.check();
    this.#work.progress?.(this.#total, this.#total);
  }

  /** Waits for all submitted work, even if it fails. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    await this.#gpu.idle();
  }
}
