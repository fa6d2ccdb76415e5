/**
 * How long one submit should keep the device busy: short enough for a desktop to stay alive and for the next one to be made
 * meanwhile, long enough to matter.
 */
const TARGET_MS = 25;
const MIN_WORK = 1e6;
const MAX_CHANGE = 4;

/**
 * Decides how many multiply-adds go into the next submit, from how long the ones before took. Only the grouping of work
 * depends on it, never a result.
 */
export class Pacer {
  #budget: number;
  #idleSince = 0;
  /** The submit that ended last. */
  #last = { work: 0, ms: 0 };
  #running: Promise<void> | undefined;

  /** `first`: multiply-adds of the first submit. */
  constructor(first: number) {
    this.#budget = first;
  }

  /** Multiply-adds for the next submit. */
  get budget(): number {
    return this.#budget;
  }

  /** Call after a submit of `work` multiply-adds, with the promise of its end. Resolves once the submit before it ended. */
  async submitted(work: number, end: Promise<unknown>): Promise<void> {
    const submittedAt = performance.now();
    const before = this.#running;
    this.#running = end.then(() => {
      this.#ended(work, submittedAt, performance.now());
    });
    // Whoever waits next sees the failure; nobody may be waiting yet.
    this.#running.catch(() => {});
    await before;
  }

  #ended(work: number, submittedAt: number, endedAt: number): void {
    const ms = endedAt - Math.max(submittedAt, this.#idleSince);
    // Word of two submits that follow each other can come at once: only the time of both is sure.
    const before = submittedAt < this.#idleSince ? this.#last : { work: 0, ms: 0 };
    if (this.#isConclusive(work, ms)) this.observe(work + before.work, ms + before.ms);
    this.#last = { work, ms };
    this.#idleSince = endedAt;
  }

  /** Learns that `work` multiply-adds took `ms` milliseconds. A small submit that ended early says nothing about a full one. */
  observe(work: number, ms: number): void {
    if (!this.#isConclusive(work, ms)) return;
    const wanted = (work / Math.max(ms, 0.1)) * TARGET_MS;
    const most = this.#budget * MAX_CHANGE;
    const least = Math.max(MIN_WORK, this.#budget / MAX_CHANGE);
    this.#budget = Math.min(most, Math.max(least, wanted));
  }

  #isConclusive(work: number, ms: number): boolean {
    return ms >= TARGET_MS || work >= this.#budget / 2;
  }
}
