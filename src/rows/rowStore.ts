import { closeSync, rmSync, writeSync } from 'node:fs';
import { ioError } from '../errors.ts';
import { openTemporary, type TemporaryFile } from '../files/temporaryFile.ts';
import { releaseBlocks, acquireBlock } from './blockPool.ts';
import { copyView, viewRows, type RowView, type SharedStore } from './rowView.ts';
import { partOf, type SharedFloats } from './sharedFloats.ts';
import { closed } from './storeLifetime.ts';

/** Approximate bytes per block. */
const BLOCK_BYTES = 2 ** 25;

/** Limits of a row store. */
export interface RowStoreOptions {
  /** Maximum bytes of rows in memory. Further rows are written to a file. */
  readonly memoryLimit: number;
  /** The directory of that file. */
  readonly directory: string;
}

/**
 * Unit-length float32 rows in order of arrival. They are stored in memory up to a limit, then in a temporary
 * file that does not outlive the process.
 */
export class RowStore {
  readonly dim: number;
  /** Rows per block. */
  readonly blockRows: number;
  readonly #options: RowStoreOptions;
  readonly #blocks: SharedFloats[] = [];
  /** The values of each block. */
  readonly #values: Float32Array[] = [];
  #rows = 0;
  #hashes = new Float64Array(2048);
  #file: TemporaryFile | undefined;
  /** The block that is being filled and will be written to the file. */
  #pending: Float32Array | undefined;
  /** The first row in the file. The rows before it are in memory. */
  #firstSpilled = Infinity;
  #store: SharedStore | undefined;
  /** True after `finish`, until more rows are added. */
  #isFinished = false;

  constructor(dim: number, options: RowStoreOptions) {
    this.dim = dim;
    this.#options = options;
    this.blockRows = 2 ** Math.max(8, Math.min(16, Math.floor(Math.log2(BLOCK_BYTES / (dim * 4)))));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes stored in the file. */
  get spilledBytes(): number {
    return Math.max(0, this.#rows - this.#firstSpilled) * this.dim * 4;
  }

  /** A 53-bit hash of the row's bytes. */
  hash(row: number): number {
    return this.#hashes[row];
  }

  /**
   * Reserves memory for `count` more rows. Any thread can write them, but they must be written before they
   * are read. Returns undefined when some of the rows would go to the file.
   */
  reserve(count: number): SharedFloats[] | undefined {
    if (this.#isFinished) this.#resume();
    const { dim, blockRows } = this;
    const blocks = Math.ceil((this.#rows + count) / blockRows);
    if (this.#firstSpilled < Infinity || blocks * blockRows * dim * 4 > this.#options.memoryLimit) return;
    const segments: SharedFloats[] = [];
    for (let done = 0; done < count;) {
      const within = this.#rows % blockRows;
      if (within === 0) this.#startBlock();
      const take = Math.min(count - done, blockRows - within);
      segments.push(partOf(this.#blocks[this.#blocks.length - 1], within * dim, take * dim));
      this.#rows += take;
      done += take;
    }
    return segments;
  }

  /** Sets the hashes of the rows that start at `row`. */
  setHashes(row: number, hashes: Float64Array): void {
    const needed = row + hashes.length;
    if (needed > this.#hashes.length) {
      const grown = new Float64Array(Math.max(needed, this.#hashes.length * 2));
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes.set(hashes, row);
  }

  /**
   * Removes the listed rows, given in ascending order, and moves the last rows into their places. Call it
   * after `finish`. Returns, per remaining row, its former number.
   */
  remove(rows: readonly number[]): Int32Array {
    const numbers = Int32Array.from({ length: this.#rows }, (_, row) => row);
    const gone = new Set(rows);
    const values = new Float32Array(this.dim);
    let left = this.#rows;
    for (const hole of rows) {
      while (left > hole && gone.has(left - 1)) left--;
      if (hole >= left) break;
      left--;
      this.copy(left, left + 1, values);
      this.#overwrite(hole, values);
      this.#hashes[hole] = this.#hashes[left];
      numbers[hole] = left;
    }
    this.#rows = left;
    return numbers.slice(0, left);
  }

  /** Appends `count` rows, row-major. `hashes`, one per row, are needed when rows are compared. */
  append(rows: Float32Array, count: number, hashes?: Float64Array): void {
    if (this.#isFinished) this.#resume();
    const { dim, blockRows } = this;
    if (hashes) this.setHashes(this.#rows, hashes);
    for (let done = 0; done < count;) {
      const within = this.#rows % blockRows;
      if (within === 0) this.#startBlock();
      const take = Math.min(count - done, blockRows - within);
      const block = this.#pending ?? this.#values[this.#values.length - 1];
      block.set(rows.subarray(done * dim, (done + take) * dim), within * dim);
      this.#rows += take;
      done += take;
      if (this.#pending && this.#rows % blockRows === 0) this.#writePending(blockRows);
    }
  }

  /** Writes the pending rows. Call it after the last `append`; more rows may be appended later. */
  finish(): void {
    const rest = this.#rows % this.blockRows;
    if (this.#pending && rest > 0) this.#writePending(rest);
    this.#pending = undefined;
    this.#isFinished = true;
  }

  /** Removes all rows except the first `rows`. */
  truncate(rows: number): void {
    this.finish();
    this.#rows = Math.min(rows, this.#rows);
  }

  /** A view of all rows, or of those in `list`, for any thread. Call it after `finish`. */
  view(list?: Int32Array): RowView {
    return viewRows(this.#shared(), list);
  }

  /** Copies rows `start` to `end` (exclusive) to the front of `target`. */
  copy(start: number, end: number, target: Float32Array): void {
    copyView(this.view(), start, end, target);
  }

  /** Releases the rows and removes the file. */
  close(): void {
    if (this.#store) closed(this.#store);
    this.#store = undefined;
    releaseBlocks(this.#blocks);
    this.#blocks.length = 0;
    this.#values.length = 0;
    this.#pending = undefined;
    if (!this.#file) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }

  /** Returns the same object while the rows are unchanged, so that it identifies copies of the rows. */
  #shared(): SharedStore {
    const rows = this.#rows;
    if (this.#store?.rows === rows) return this.#store;
    const { dim, blockRows } = this;
    const [blocks, firstInFile, file] = [this.#values, this.#firstSpilled, this.#file?.descriptor];
    this.#store = { dim, rows, blockRows, blocks, firstInFile, file };
    return this.#store;
  }

  #overwrite(row: number, values: Float32Array): void {
    const { dim, blockRows } = this;
    if (row < this.#firstSpilled) {
      this.#values[Math.floor(row / blockRows)].set(values, (row % blockRows) * dim);
      return;
    }
    const bytes = new Uint8Array(values.buffer);
    this.#writeFile(bytes, (row - this.#firstSpilled) * bytes.length);
  }

  /** Prepares to append after `finish` or `remove`: the last block that is not full will be filled next. */
  #resume(): void {
    const { blockRows, dim } = this;
    this.#isFinished = false;
    if (this.#rows <= this.#values.length * blockRows) {
      const used = Math.ceil(this.#rows / blockRows);
      releaseBlocks(this.#blocks.splice(used));
      this.#values.length = used;
      this.#firstSpilled = Infinity;
    } else if (this.#rows % blockRows > 0) {
      this.#pending = new Float32Array(blockRows * dim);
      this.copy(this.#rows - (this.#rows % blockRows), this.#rows, this.#pending);
    }
    if (this.#store) closed(this.#store);
    this.#store = undefined;
  }

  #startBlock(): void {
    const length = this.blockRows * this.dim;
    if ((this.#blocks.length + 1) * length * 4 <= this.#options.memoryLimit) {
      const block = acquireBlock(length);
      this.#blocks.push(block);
      this.#values.push(block.values);
      return;
    }
    if (this.#firstSpilled === Infinity) this.#firstSpilled = this.#rows;
    this.#pending ??= new Float32Array(length);
  }

  #writePending(rows: number): void {
    const written = this.#rows - rows - this.#firstSpilled;
    this.#file ??= openTemporary(this.#options.directory);
    this.#writeFile(new Uint8Array(this.#pending!.buffer, 0, rows * this.dim * 4), written * this.dim * 4);
  }

  #writeFile(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#file!.descriptor, bytes, done, bytes.length - done, position + done);
      }
    } catch (cause) {
      throw ioError(
        `cannot write embeddings that exceed the memory limit to ${this.#options.directory}: ` +
          `${(cause as Error).message}; ` +
          `free space there, choose another temp_directory, or raise the memory limit`,
        cause,
      );
    }
  }
}
