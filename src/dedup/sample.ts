import type { FillRows, Kernels, Matrix } from '../kernels/kernels.ts';
import { RowStore } from '../relation/rowStore.ts';
import { copyStored, fromStored } from '../rows/storedRows.ts';

/** Rows a block of the fit: fixed, so that sums do not depend on how much memory there is. */
const BLOCK_ROWS = 32_768;
const COPY_ROWS = 1024;

/** Where a sample that does not stay on the backend is kept. */
export interface SampleOptions {
  readonly kernels: Kernels;
  /** Bytes of the sample in memory. */
  readonly budget: number;
  /** Folder for what goes beyond. */
  readonly directory: string;
}

/**
 * Some rows of a store, in a fixed order, cut into blocks that stay on the backend when they fit. Otherwise they are
 * copied once into a store of their own, in that order, and uploaded anew at each pass.
 */
export class Sample {
  readonly dim: number;
  readonly #rows: Int32Array;
  readonly #source: RowStore;
  readonly #ordered: RowStore | undefined;
  readonly #kernels: Kernels;
  readonly #resident: Matrix[] = [];

  constructor(source: RowStore, rows: Int32Array, { kernels, budget, directory }: SampleOptions) {
    this.dim = source.dim;
    this.#rows = rows;
    this.#source = source;
    this.#kernels = kernels;
    const bytes = rows.length * source.dim * 4;
    if (bytes > Math.min(budget, kernels.residentLimit)) {
      this.#ordered = new RowStore(source.dim, { memoryLimit: budget, directory });
      copyRows(source, rows, this.#ordered);
    }
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Row `i` of the sample. */
  row(i: number): Float32Array {
    return this.rows([i]);
  }

  /** The rows listed, row-major. */
  rows(list: readonly number[]): Float32Array {
    const values = new Float32Array(list.length * this.dim);
    const numbers = Int32Array.from(list, (i) => (this.#ordered ? i : this.#rows[i]));
    copyStored((this.#ordered ?? this.#source).stored(numbers), 0, list.length, values);
    return values;
  }

  /** The first `limit` rows as blocks, each with the number of its first row. */
  async *blocks(limit = this.count): AsyncGenerator<{ block: Matrix; start: number }> {
    for (let start = 0, i = 0; start < limit; start += BLOCK_ROWS, i++) {
      const rows = Math.min(limit, start + BLOCK_ROWS) - start;
      let block = this.#resident[i];
      if (block?.rows !== rows) {
        // Cut short by another limit than last time.
        block?.free();
        block = await this.#upload(start, start + rows);
        if (!this.#ordered) this.#resident[i] = block;
      }
      yield { block, start };
      if (this.#ordered) block.free();
    }
  }

  /** All rows as groups of blocks that are there at once, each with the number of its first row: one group if it all fits. */
  async *groups(): AsyncGenerator<{ blocks: readonly Matrix[]; start: number; rows: number }> {
    const together: Matrix[] = [];
    for await (const { block, start } of this.blocks()) {
      if (this.#ordered) yield { blocks: [block], start, rows: block.rows };
      else together.push(block);
    }
    if (together.length > 0) yield { blocks: together, start: 0, rows: this.count };
  }

  free(): void {
    for (const block of this.#resident) block?.free();
    this.#resident.length = 0;
    this.#ordered?.close();
  }

  #upload(start: number, end: number): Promise<Matrix> {
    const fill: FillRows = (target, from, to) => this.#copy(start + from, start + to, target);
    const stored = this.#ordered
      ? fromStored(this.#ordered.stored(), start)
      : this.#source.stored(this.#rows.subarray(start, end));
    return this.#kernels.upload(end - start, this.dim, fill, { stored, once: this.#ordered !== undefined });
  }

  #copy(start: number, end: number, target: Float32Array): void {
    if (this.#ordered) this.#ordered.copy(start, end, target);
    else this.#source.gather(this.#rows, start, end, target);
  }
}

function copyRows(source: RowStore, rows: Int32Array, target: RowStore): void {
  const piece = new Float32Array(COPY_ROWS * source.dim);
  for (let start = 0; start < rows.length; start += COPY_ROWS) {
    const end = Math.min(rows.length, start + COPY_ROWS);
    source.gather(rows, start, end, piece);
    target.append(piece, end - start);
  }
  target.finish();
}
