/** Milliseconds of work a turn of the event loop: what waits for a turn, such as a thread with rows, waits no longer. */
const TURN_MILLISECONDS = 0.2;

interface Job {
  readonly pieces: Iterator<void>;
  readonly size: number;
}

/** Work in pieces, done while the event loop has nothing else to do: in the order it came, one job after the other. */
export class IdleWork {
  readonly #limit: number;
  #jobs: Job[] = [];
  /** Sizes of the jobs together. */
  #waiting = 0;
  #scheduled = false;
  #failure: { readonly error: unknown } | undefined;

  /** `limit`: what may wait, in the unit of the sizes of jobs. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a job, each `next` of which is a piece. Works at once while too many wait. @throws what a job threw. */
  add(pieces: Iterator<void>, size: number): void {
    this.#jobs.push({ pieces, size });
    this.#waiting += size;
    while (this.#jobs.length > 0 && this.#waiting > this.#limit) this.#piece();
    this.#check();
    this.#schedule();
  }

  /** Does all that is left. @throws what a job threw. */
  finish(): void {
    while (this.#jobs.length > 0) this.#piece();
    this.#check();
  }

  /** Forgets what is left. */
  clear(): void {
    this.#jobs = [];
    this.#waiting = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#jobs.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const end = performance.now() + TURN_MILLISECONDS;
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
