/** What the next centroids are: the means, a step beyond them, or nothing more. */
export type Step = 'means' | 'beyond' | 'stop';

/** Rows that may still change cluster at the end: this many times `tol`, but never more than `MOST_CHANGED` of them. */
const CHANGED = 200;
const MOST_CHANGED = 0.02;
/** How much of itself the inertia may still fall then: this many times `tol`, but never more than `MOST_FALL`. */
const FALL = 10;
const MOST_FALL = 1e-3;

/**
 * Decides how k-means goes on after each iteration. Steps go beyond the means while the inertia falls; when it rises, one
 * goes to the means (O'Donoghue & Candès, "Adaptive Restart for Accelerated Gradient Schemes", 2015), and when that gains
 * nothing either, all that follow do.
 */
export class Pace {
  readonly #tol: number;
  readonly #rows: number;
  #before = Infinity;
  /** The lowest inertia since a cluster was last repaired. */
  #lowest = Infinity;
  /** The step taken before. */
  #last: Step = 'means';
  #restarted = false;
  #momentum = true;

  /** `tol`: see `FitOptions`; `rows` of the sample. */
  constructor(tol: number, rows: number) {
    this.#tol = tol;
    this.#rows = rows;
  }

  /** After an iteration that found this inertia and changed the cluster of so many rows. */
  next(inertia: number, changed: number, repaired: boolean): Step {
    if (repaired) this.#lowest = Infinity;
    const first = this.#before === Infinity;
    const step = first || repaired ? 'means' : this.#decide(this.#before - inertia, inertia, changed);
    this.#before = inertia;
    this.#lowest = Math.min(this.#lowest, inertia);
    return (this.#last = step);
  }

  #decide(fall: number, inertia: number, changed: number): Step {
    const settled = fall <= this.#tol * inertia;
    const few =
      changed <= Math.min(CHANGED * this.#tol, MOST_CHANGED) * this.#rows &&
      fall >= 0 &&
      fall <= Math.min(FALL * this.#tol, MOST_FALL) * inertia;
    if (this.#last === 'means') {
      if (changed === 0 || settled || few) return 'stop';
      if (this.#restarted && inertia >= this.#lowest) this.#momentum = false;
      this.#restarted = false;
      return this.#momentum ? 'beyond' : 'means';
    }
    if (changed > 0 && few) return 'stop';
    // Beyond the means, neither a rise nor rest says that k-means is at its end.
    this.#restarted = changed === 0 || settled;
    return this.#restarted ? 'means' : 'beyond';
  }
}
