import type { Kernels, Matrix } from '../kernels/kernels.ts';
import { RowStore } from '../rows/rowStore.ts';
import { copyStored, fromStored, pickStored, type StoredRows } from '../rows/storedRows.ts';
import { uploadStored } from './uploadStored.ts';

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
    copyStored(pickStored(this.#stored, Int32Array.from(list)), 0, list.length, values);
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
      try {
        yield { block, start };
      } finally {
        if (this.#ordered) block.free();
      }
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

  /** The rows where they are, in the sample's order. */
  get #stored(): StoredRows {
    return this.#ordered ? this.#ordered.stored() : this.#source.stored(this.#rows);
  }

  #upload(start: number, end: number): Promise<Matrix> {
    const once = this.#ordered !== undefined;
    return uploadStored(this.#kernels, fromStored(this.#stored, start), end - start, once);
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
