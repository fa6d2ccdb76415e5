import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';

/** About this many bytes a block. */
const BLOCK_BYTES = 2 ** 25;

export interface RowStoreOptions {
  /** Bytes of rows kept in memory; what comes after goes to a file. */
  readonly memoryLimit: number;
  /** Where that file is made. */
  readonly directory: string;
}

/** Unit-length float32 rows in arrival order: in memory up to a limit, then in a file that is gone with the process. */
export class RowStore {
  readonly dim: number;
  /** Rows a block. */
  readonly blockRows: number;
  readonly #options: RowStoreOptions;
  readonly #blocks: Float32Array[] = [];
  #rows = 0;
  #hashes = new Float64Array(2048);
  #file: { descriptor: number; folder: string } | undefined;
  /** The block being filled when it will go to the file. */
  #pending: Float32Array | undefined;
  /** First row in the file; blocks before it are in memory. */
  #firstSpilled = Infinity;

  constructor(dim: number, options: RowStoreOptions) {
    this.dim = dim;
    this.#options = options;
    this.blockRows = 2 ** Math.max(8, Math.min(16, Math.floor(Math.log2(BLOCK_BYTES / (dim * 4)))));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes held in the file. */
  get spilledBytes(): number {
    return Math.max(0, this.#rows - this.#firstSpilled) * this.dim * 4;
  }

  /** A 53-bit hash of the row's bytes. */
  hash(row: number): number {
    return this.#hashes[row];
  }

  /** Appends `count` rows, row-major, with a hash each where rows will be compared. */
  append(rows: Float32Array, count: number, hashes?: Float64Array): void {
    const { dim, blockRows } = this;
    if (hashes) this.#appendHashes(hashes);
    for (let done = 0; done < count;) {
      const within = this.#rows % blockRows;
      if (within === 0) this.#startBlock();
      const take = Math.min(count - done, blockRows - within);
      const block = this.#pending ?? this.#blocks[this.#blocks.length - 1];
      block.set(rows.subarray(done * dim, (done + take) * dim), within * dim);
      this.#rows += take;
      done += take;
      if (this.#pending && this.#rows % blockRows === 0) this.#writePending(blockRows);
    }
  }

  /** Writes what is still pending; call once after the last `append`. */
  finish(): void {
    const rest = this.#rows % this.blockRows;
    if (this.#pending && rest > 0) this.#writePending(rest);
    this.#pending = undefined;
  }

  /** Copies rows `start` to `end` to the front of `target`. */
  copy(start: number, end: number, target: Float32Array): void {
    const { dim, blockRows } = this;
    for (let row = start; row < end;) {
      const take = Math.min(end - row, blockRows - (row % blockRows));
      this.#read(row, take, target.subarray((row - start) * dim, (row - start + take) * dim));
      row += take;
    }
  }

  /** Copies the rows listed at `list[start]` to `list[end − 1]` to the front of `target`; runs of neighbours go at once. */
  gather(list: Int32Array, start: number, end: number, target: Float32Array): void {
    const { dim } = this;
    for (let i = start; i < end;) {
      let run = 1;
      while (i + run < end && list[i + run] === list[i] + run) run++;
      this.copy(list[i], list[i] + run, target.subarray((i - start) * dim, (i - start + run) * dim));
      i += run;
    }
  }

  /** Forgets the rows and removes the file. */
  close(): void {
    this.#blocks.length = 0;
    this.#pending = undefined;
    if (!this.#file) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }

  #read(row: number, count: number, target: Float32Array): void {
    const { dim, blockRows } = this;
    if (row < this.#firstSpilled) {
      const at = (row % blockRows) * dim;
      target.set(this.#blocks[Math.floor(row / blockRows)].subarray(at, at + count * dim));
      return;
    }
    const bytes = new Uint8Array(target.buffer, target.byteOffset, count * dim * 4);
    let position = (row - this.#firstSpilled) * dim * 4;
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.#file!.descriptor, bytes, done, bytes.length - done, position);
      if (read === 0) throw ioError('the temporary file of embeddings ended early');
      done += read;
      position += read;
    }
  }

  #appendHashes(hashes: Float64Array): void {
    const needed = this.#rows + hashes.length;
    if (needed > this.#hashes.length) {
      const grown = new Float64Array(Math.max(needed, this.#hashes.length * 2));
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes.set(hashes, this.#rows);
  }

  #startBlock(): void {
    const bytes = this.blockRows * this.dim * 4;
    if ((this.#blocks.length + 1) * bytes <= this.#options.memoryLimit) {
      this.#blocks.push(new Float32Array(this.blockRows * this.dim));
      return;
    }
    if (this.#firstSpilled === Infinity) this.#firstSpilled = this.#rows;
    this.#pending ??= new Float32Array(this.blockRows * this.dim);
  }

  #writePending(rows: number): void {
    this.#file ??= openTemporary(this.#options.directory);
    const bytes = new Uint8Array(this.#pending!.buffer, 0, rows * this.dim * 4);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file.descriptor, bytes, done);
    } catch (cause) {
      throw ioError(
        `cannot write embeddings past the memory limit to ${this.#options.directory}: ${(cause as Error).message}; ` +
          `free space there, choose another temp_directory, or raise the memory limit`,
        cause,
      );
    }
  }
}

function openTemporary(directory: string): { descriptor: number; folder: string } {
  try {
    const folder = mkdtempSync(join(directory, 'nearduck-'));
    const file = join(folder, 'rows');
    const descriptor = openSync(file, 'w+');
    // Where the system allows it the name goes at once, so that not even kill -9 leaves the file behind.
    if (process.platform !== 'win32') rmSync(folder, { recursive: true });
    return { descriptor, folder };
  } catch (cause) {
    throw ioError(`cannot make a temporary file in ${directory}: ${(cause as Error).message}`, cause);
  }
}
