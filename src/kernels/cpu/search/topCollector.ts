import type { Simd } from '../../../simd/simd.ts';
import type { Top } from '../../kernels.ts';
import type { Collector, Unbiased } from './collector.ts';

/** The k best targets of each of several rows, stored as heaps until they are sorted. */
export class TopCollector implements Collector {
  /** Address of k floats per row. */
  readonly #score: number;
  /** Address of k integers per row. */
  readonly #index: number;
  readonly #simd: Simd;
  readonly #rows: number;
  readonly #open: number;
  readonly #scratch: number;
  readonly #k: number;
  readonly #top: Top;

  /** `top` receives the results of `finish`. */
  constructor(simd: Simd, rows: number, k: number, top: Top) {
    this.#top = top;
    this.#simd = simd;
    this.#rows = rows;
    this.#k = k;
    this.#score = simd.allocate(rows * (k * 8 + 4) + k * 8);
    this.#index = this.#score + rows * k * 4;
    this.#open = this.#index + rows * k * 4;
    this.#scratch = this.#open + rows * 4;
    simd.f32(this.#score, rows * k).fill(-Infinity);
    simd.i32(this.#index, rows * k).fill(-1);
  }

  pick(products: number, _rows: number, limit: number): Int32Array {
    const { pickTop } = this.#simd.call;
    const [k, score, index] = [this.#k, this.#score, this.#index];
    // The limit of exact comparisons grows with k.
    const opened = pickTop(products, limit + 4 * (k - 1), k, score, index, this.#scratch, this.#open);
    return this.#simd.i32(this.#open, opened).slice();
  }

  finish(start: number, unbiased?: Unbiased): undefined {
    const simd = this.#simd;
    const [k, rows, score, index] = [this.#k, this.#rows, this.#score, this.#index];
    simd.call.sortTop(score, index, k, rows);
    if (unbiased) {
      const { x, dim, centroids } = unbiased;
      simd.call.labelDots(x, rows, dim, index, k, centroids, score);
    }
    this.#top.score.set(simd.f32(score, rows * k), start * k);
    this.#top.index.set(simd.i32(index, rows * k), start * k);
  }

  free(): void {
    this.#simd.free(this.#score);
  }
}
