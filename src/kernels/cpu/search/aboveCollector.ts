import type { Simd } from '../../../simd/simd.ts';
import { addFound, type CallState } from '../lanes/callState.ts';
import type { Collector } from './collector.ts';
import type { QueryPairs } from '../../above.ts';
import { PairList } from '../../pairList.ts';

/** Pairs processed at a time. It exceeds the number of columns of a product. */
const MAX_PAIRS_AT_ONCE = 2 ** 14;

/** All targets that reach the score, for several rows. */
export class AboveCollector implements Collector {
  readonly #simd: Simd;
  readonly #rows: number;
  readonly #limit: number;
  readonly #call: CallState;
  readonly #least: number;
  readonly #pairs = new PairList();

  /**
   * `least` is the minimum score per row. If the call finds more than `limit` pairs, they are only counted.
   */
  constructor(simd: Simd, least: Float32Array, limit: number, call: CallState) {
    this.#simd = simd;
    this.#rows = least.length;
    this.#limit = limit;
    this.#call = call;
    this.#least = simd.allocate(least.byteLength);
    simd.f32(this.#least, least.length).set(least);
  }

  pick(products: number, rows: number, limit: number): Int32Array {
    const simd = this.#simd;
    const row = simd.allocate(MAX_PAIRS_AT_ONCE * 12 + rows * 4 + 12);
    const [index, score, open] = [
      row + MAX_PAIRS_AT_ONCE * 4,
      row + MAX_PAIRS_AT_ONCE * 8,
      row + MAX_PAIRS_AT_ONCE * 12,
    ];
    const progress = open + rows * 4;
    const all: number[] = [];
    try {
      for (let start = 0; start < rows;) {
        simd.call.pickAbove(
          products,
          limit,
          this.#least,
          start,
          row,
          index,
          score,
          MAX_PAIRS_AT_ONCE,
          open,
          progress,
        );
        const [found, opened, next] = simd.i32(progress, 3);
        for (const r of simd.i32(open, opened)) all.push(r);
        this.#append(simd.i32(row, found), simd.i32(index, found), simd.f32(score, found));
        start = next;
      }
    } finally {
      simd.free(row);
    }
    return Int32Array.from(all);
  }

  #append(row: Int32Array, index: Int32Array, score: Float32Array): void {
    if (row.length === 0) return;
    if (addFound(this.#call, row.length) <= this.#limit) this.#pairs.append(row, index, score);
    else this.#pairs.clear();
  }

  /** The scores contain no bias. */
  finish(start: number): QueryPairs {
    return this.#pairs.sorted(this.#rows, start);
  }

  free(): void {
    this.#simd.free(this.#least);
  }
}
