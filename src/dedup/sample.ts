import type { Kernels, Matrix } from '../kernels/kernels.ts';
import type { RowStore } from '../relation/rowStore.ts';

/** Rows a block of the fit: fixed, so that sums do not depend on how much memory there is. */
const BLOCK_ROWS = 8192;

/** Some rows of a store, in a fixed order, cut into blocks that stay on the backend when they fit. */
export class Sample {
  readonly rows: Int32Array;
  readonly dim: number;
  readonly #store: RowStore;
  readonly #kernels: Kernels;
  readonly #resident: Matrix[] = [];
  readonly #keeps: boolean;

  /** `budget`: bytes the blocks may take; with less they are uploaded anew at each pass. */
  constructor(store: RowStore, rows: Int32Array, kernels: Kernels, budget: number) {
    this.rows = rows;
    this.dim = store.dim;
    this.#store = store;
    this.#kernels = kernels;
    this.#keeps = rows.length * store.dim * 4 <= Math.min(budget, kernels.residentLimit);
  }

  get count(): number {
    return this.rows.length;
  }

  /** Row `i` of the sample. */
  row(i: number): Float32Array {
    const values = new Float32Array(this.dim);
    this.#store.gather(this.rows, i, i + 1, values);
    return values;
  }

  /** The first `limit` rows as blocks, each with the number of its first row. */
  async *blocks(limit = this.count): AsyncGenerator<{ block: Matrix; start: number }> {
    for (let start = 0, i = 0; start < limit; start += BLOCK_ROWS, i++) {
      const end = Math.min(limit, start + BLOCK_ROWS);
      const whole = Math.min(this.count, start + BLOCK_ROWS) === end;
      const kept = whole ? this.#resident[i] : undefined;
      const block = kept ?? (await this.#upload(start, end));
      if (!kept && whole && this.#keeps) this.#resident[i] = block;
      yield { block, start };
      if (this.#resident[i] !== block) block.free();
    }
  }

  free(): void {
    for (const block of this.#resident) block?.free();
    this.#resident.length = 0;
  }

  #upload(start: number, end: number): Promise<Matrix> {
    return this.#kernels.upload(end - start, this.dim, (target, from, to) => {
      this.#store.gather(this.rows, start + from, start + to, target);
    });
  }
}
