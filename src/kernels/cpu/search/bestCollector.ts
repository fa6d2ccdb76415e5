import type { Simd } from '../../../simd/simd.ts';
import type { Best } from '../../kernels.ts';
import type { Collector, Unbiased } from './collector.ts';

/** The best target of each of several rows. */
export class BestCollector implements Collector {
  /** Address of a float per row. */
  readonly score: number;
  /** Address of an integer per row. */
  readonly index: number;
  readonly #simd: Simd;
  readonly #rows: number;
  readonly #open: number;
  readonly #best: Best | undefined;

  /** `best` receives the results of `finish`. */
  constructor(simd: Simd, rows: number, best?: Best) {
    this.#best = best;
    this.#simd = simd;
    this.#rows = rows;
    this.score = simd.allocate(rows * 12);
    this.index = this.score + rows * 4;
    this.#open = this.index + rows * 4;
    simd.f32(this.score, rows).fill(-Infinity);
    simd.i32(this.index, rows).fill(-1);
  }

  pick(products: number, _rows: number, limit: number): Int32Array {
    const opened = this.#simd.call.pickBest(products, limit, this.score, this.index, this.#open);
    return this.#simd.i32(this.#open, opened).slice();
  }

  finish(start: number, unbiased?: Unbiased): undefined {
    const simd = this.#simd;
    const rows = this.#rows;
    if (unbiased) {
      const { x, dim, centroids } = unbiased;
      simd.call.labelDots(x, rows, dim, this.index, 1, centroids, this.score);
    }
    this.#best?.score.set(simd.f32(this.score, rows), start);
    this.#best?.index.set(simd.i32(this.index, rows), start);
  }

  free(): void {
    this.#simd.free(this.score);
  }
}
