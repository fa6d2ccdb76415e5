/** The next centroids: the means, a step beyond the means, or none. */
export type CentroidStep = 'means' | 'beyond' | 'stop';

/**
 * The fit may end when the share of rows that change cluster is at most this many times `tol`, and at most
 * `MAX_CHANGED`.
 */
const CHANGED = 200;
const MAX_CHANGED = 0.02;
/**
 * The fit may end when the relative improvement of the inertia is at most this many times `tol`, and at most
 * `MAX_FALL`.
 */
const FALL = 10;
const MAX_FALL = 1e-3;

/**
 * Decides how k-means continues after each iteration. Steps go beyond the means while the inertia falls. When
 * it rises, one step goes to the means (O'Donoghue & Candès, "Adaptive Restart for Accelerated Gradient
 * Schemes", 2015). When that brings no improvement either, all following steps go to the means.
 */
export class StepRule {
  readonly #tol: number;
  readonly #rows: number;
  #before = Infinity;
  /** The lowest inertia since the last repair of a cluster. */
  #lowest = Infinity;
  /** The previous step. */
  #last: CentroidStep = 'means';
  #restarted = false;
  #momentum = true;

  /** For `tol`, see `FitOptions`. `rows` is the number of rows in the sample. */
  constructor(tol: number, rows: number) {
    this.#tol = tol;
    this.#rows = rows;
  }

  /** Returns the next step after an iteration with this inertia, in which `changed` rows changed cluster. */
  next(inertia: number, changed: number, repaired: boolean): CentroidStep {
    if (repaired) this.#lowest = Infinity;
    const first = this.#before === Infinity;
    const step = first || repaired ? 'means' : this.#decide(this.#before - inertia, inertia, changed);
    this.#before = inertia;
    this.#lowest = Math.min(this.#lowest, inertia);
    return (this.#last = step);
  }

  #decide(fall: number, inertia: number, changed: number): CentroidStep {
    const settled = fall <= this.#tol * inertia;
    const few =
      changed <= Math.min(CHANGED * this.#tol, MAX_CHANGED) * this.#rows &&
      fall >= 0 &&
      fall <= Math.min(FALL * this.#tol, MAX_FALL) * inertia;
    if (this.#last === 'means') {
      if (changed === 0 || settled || few) return 'stop';
      if (this.#restarted && inertia >= this.#lowest) this.#momentum = false;
      this.#restarted = false;
      return this.#momentum ? 'beyond' : 'means';
    }
    if (changed > 0 && few) return 'stop';
    // After a step beyond the means, neither a rise of the inertia nor unchanged labels show that k-means has
    // converged.
    this.#restarted = changed === 0 || settled;
    return this.#restarted ? 'means' : 'beyond';
  }
}
