import { readSync } from 'node:fs';
import { ioError } from '../errors.ts';
import { copyFloats } from './copyBytes.ts';

/** Float32 rows where every thread can read them: blocks of shared memory, then a file. */
export interface SharedStore {
  readonly dim: number;
  /** Rows in all. */
  readonly rows: number;
  /** Rows a block. */
  readonly blockRows: number;
  /** Blocks of `blockRows` × dim values on SharedArrayBuffers, the last one perhaps not full. */
  readonly blocks: readonly Float32Array[];
  /** The first row that is in the file; Infinity without one. */
  readonly firstInFile: number;
  /** Descriptor of the file: the rows from `firstInFile` on, one after another. */
  readonly file?: number;
}

/** Rows of a store by number: those listed, or consecutive ones. */
export interface StoredRows {
  readonly store: SharedStore;
  /** Numbers of the rows; without it they are `start`, `start` + 1, … */
  readonly list?: Int32Array;
  /** First row, or first entry of `list`. */
  readonly start: number;
}

/** The same `count` rows, with a list that threads share: one that they do not is copied whole with each message. */
export function shareList({ store, list, start }: StoredRows, count: number): StoredRows {
  if (!list || list.buffer instanceof SharedArrayBuffer) return { store, list, start };
  const shared = new Int32Array(new SharedArrayBuffer(count * 4));
  shared.set(list.subarray(start, start + count));
  return { store, list: shared, start: 0 };
}

/** The same rows from the `skip`th on. */
export function fromStored({ store, list, start }: StoredRows, skip: number): StoredRows {
  return { store, list, start: start + skip };
}

/** Those of the rows that are listed, counted from the first. */
export function pickStored({ store, list, start }: StoredRows, rows: Int32Array): StoredRows {
  return { store, list: rows.map((row) => (list ? list[start + row] : start + row)), start: 0 };
}

/** Copies rows `start` to `end` (of what `rows` counts) to the front of `target`; runs of neighbours go at once. */
export function copyStored(
  { store, list, start: base }: StoredRows,
  start: number,
  end: number,
  target: Float32Array,
): void {
  if (!list) {
    copyRun(store, base + start, end - start, target);
    return;
  }
  const last = base + end;
  for (let i = base + start, to = 0; i < last;) {
    let run = 1;
    while (i + run < last && list[i + run] === list[i] + run) run++;
    copyRun(store, list[i], run, to === 0 ? target : target.subarray(to));
    to += run * store.dim;
    i += run;
  }
}

/** Copies `count` consecutive rows. @throws NearduckError (IO Error) when the file ends early. */
function copyRun(store: SharedStore, first: number, count: number, target: Float32Array): void {
  const { dim, blockRows, blocks, firstInFile } = store;
  let done = 0;
  while (done < count && first + done < firstInFile) {
    const row = first + done;
    const within = row % blockRows;
    const take = Math.min(count - done, blockRows - within, firstInFile - row);
    const block = blocks[Math.floor(row / blockRows)];
    copyFloats(
      done === 0 ? target : target.subarray(done * dim),
      block.subarray(within * dim, (within + take) * dim),
    );
    done += take;
  }
  if (done < count) readFile(store, first + done, target.subarray(done * dim, count * dim));
}

function readFile({ dim, firstInFile, file }: SharedStore, row: number, target: Float32Array): void {
  if (file === undefined) throw new Error(`row ${row} is not stored`);
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  let position = (row - firstInFile) * dim * 4;
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, position);
    if (read === 0) throw ioError('the temporary file of embeddings ended early');
    done += read;
    position += read;
  }
}
