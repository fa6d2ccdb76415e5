/**
 * Duration of one submit. It is short enough for a desktop to stay responsive, and long enough that the next
 * one can be prepared meanwhile.
 */
const TARGET_MS = 25;
const MIN_WORK = 1e6;
const MAX_CHANGE = 4;

/**
 * Decides the number of multiply-adds of the next submit from the durations of the previous ones. It affects
 * only the grouping of work, never a result.
 */
export class Pacer {
  #budget: number;
  #idleSince = 0;
  /** The last submit that has ended. */
  #last = { work: 0, ms: 0 };
  #running: Promise<void> | undefined;

  /** `first` is the number of multiply-adds of the first submit. */
  constructor(first: number) {
    this.#budget = first;
  }

  /** Multiply-adds for the next submit. */
  get budget(): number {
    return this.#budget;
  }

  /**
   * Call it after a submit of `work` multiply-adds, with the promise of its end. Resolves once the previous
   * submit has ended.
   */
  async submitted(work: number, end: Promise<unknown>): Promise<void> {
    const submittedAt = performance.now();
    const before = this.#running;
    this.#running = end.then(() => {
      this.#ended(work, submittedAt, performance.now());
    });
    // A failure is reported to the caller that waits later. Until then it must not count as unhandled.
    this.#running.catch(() => {});
    await before;
  }

  #ended(work: number, submittedAt: number, endedAt: number): void {
    const ms = endedAt - Math.max(submittedAt, this.#idleSince);
    // The ends of two consecutive submits can be reported at once. Then only their total duration is known.
    const before = submittedAt < this.#idleSince ? this.#last : { work: 0, ms: 0 };
    if (this.#isConclusive(work, ms)) this.observe(work + before.work, ms + before.ms);
    this.#last = { work, ms };
    this.#idleSince = endedAt;
  }

  /**
   * Records that `work` multiply-adds took `ms` milliseconds. A small submit that ended early says nothing
   * about a full one and is ignored.
   */
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
