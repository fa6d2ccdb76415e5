import type { LaneCalls } from '../lanes/laneCalls.ts';

/** Shared memory for the changes that each lane makes to the sums. It is reused by the next iteration. */
export class LaneSums {
  readonly #sums = new WeakMap<LaneCalls, Float64Array>();

  /** The k × dim values of a lane. */
  of(lane: LaneCalls, { k, dim }: { readonly k: number; readonly dim: number }): Float64Array {
    const kept = this.#sums.get(lane);
    if (kept?.length === k * dim) return kept;
    const made = new Float64Array(new SharedArrayBuffer(k * dim * 8));
    this.#sums.set(lane, made);
    return made;
  }
}
