/** Milliseconds of work per turn of the event loop. Other events wait no longer than this. */
const TURN_MS = 0.2;

interface Job {
  readonly pieces: Iterator<void>;
  readonly size: number;
}

/** Runs jobs piece by piece while the event loop is idle, one job after another, in order of arrival. */
export class IdleWork {
  readonly #limit: number;
  #jobs: Job[] = [];
  /** Sum of the sizes of the waiting jobs. */
  #waiting = 0;
  #scheduled = false;
  #failure: { readonly error: unknown } | undefined;

  /** `limit` is the maximum sum of the sizes of waiting jobs. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a job of pieces. When too much work waits, pieces run immediately. @throws the error of a job. */
  add(pieces: Iterator<void>, size: number): void {
    this.#jobs.push({ pieces, size });
    this.#waiting += size;
    while (this.#jobs.length > 0 && this.#waiting > this.#limit) this.#piece();
    this.#check();
    this.#schedule();
  }

  /** Runs all remaining pieces. @throws the error of a job. */
  finish(): void {
    while (this.#jobs.length > 0) this.#piece();
    this.#check();
  }

  /** Discards the remaining pieces. */
  clear(): void {
    this.#jobs = [];
    this.#waiting = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#jobs.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const end = performance.now() + TURN_MS;
      while (this.#jobs.length > 0 && performance.now() < end) this.#piece();
      this.#schedule();
    });
  }

  #piece(): void {
    try {
      const { pieces, size } = this.#jobs[0];
      if (!pieces.next().done) return;
      this.#jobs.shift();
      this.#waiting -= size;
    } catch (error) {
      this.#failure ??= { error };
      this.clear();
    }
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
