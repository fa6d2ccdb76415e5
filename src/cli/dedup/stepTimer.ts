import type { Progress } from '../../progress.ts';

/** Seconds and finished units per step, from the progress of a session and the scripts that it runs. */
export class StepTimer {
  readonly #seconds = new Map<string, number>();
  readonly #done = new Map<string, number>();
  #step: string | undefined;
  #since = 0;

  readonly onProgress = ({ step, done }: Progress): void => {
    this.enter(step);
    this.#done.set(step, done);
  };

  /** Units that a step has finished, by its last report. */
  done(step: string): number {
    return this.#done.get(step) ?? 0;
  }

  /** Begins a step and ends the one before. The seconds of a step that begins again are added up. */
  enter(step: string | undefined): void {
    if (step === this.#step) return;
    const now = performance.now();
    if (this.#step !== undefined) {
      this.#seconds.set(this.#step, (this.#seconds.get(this.#step) ?? 0) + (now - this.#since) / 1000);
    }
    this.#step = step;
    this.#since = now;
  }

  /** Runs `body` as a step. */
  async time<T>(step: string, body: () => Promise<T>): Promise<T> {
    this.enter(step);
    const result = await body();
    this.enter(undefined);
    return result;
  }

  /** Forgets the steps so far. */
  restart(): void {
    this.enter(undefined);
    this.#seconds.clear();
    this.#done.clear();
  }

  /** Seconds by step, in order. */
  get seconds(): ReadonlyMap<string, number> {
    return this.#seconds;
  }

  /** `read 1.2 s, k-means 3.4 s`, in order. */
  summary(): string {
    return [...this.#seconds].map(([step, seconds]) => `${step} ${seconds.toFixed(1)} s`).join(', ');
  }
}
