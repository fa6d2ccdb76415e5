import type { LaneCalls } from '../lanes/laneCalls.ts';

/** Memory that threads share for what each lane adds to the sums, kept from one iteration to the next. */
export class LaneSums {
  readonly #sums = new WeakMap<LaneCalls, Float64Array>();

  /** k × dim values of a lane. */
  of(lane: LaneCalls, { k, dim }: { readonly k: number; readonly dim: number }): Float64Array {
    const kept = this.#sums.get(lane);
    if (kept?.length === k * dim) return kept;
    const made = new Float64Array(new SharedArrayBuffer(k * dim * 8));
    this.#sums.set(lane, made);
    return made;
  }
}
