import { readSync } from 'node:fs';
import { ioError } from '../errors.ts';
import { bytesOf, copyBytes } from './copyBytes.ts';

/** Float32 rows where every thread can read them: blocks of shared memory, then a file. */
export interface SharedStore {
  readonly dim: number;
  readonly rows: number;
  /** Rows per block. */
  readonly blockRows: number;
  /** Blocks of `blockRows` × dim values on SharedArrayBuffers, the last one perhaps not full. */
  readonly blocks: readonly Float32Array[];
  /** The first row that is in the file; Infinity without one. */
  readonly firstInFile: number;
  /** Descriptor of the file: the rows from `firstInFile` on, one after another. */
  readonly file?: number;
}

/** Rows of a store: those that `list` names, in its order, or all of them; `count` of these from number `start` on. */
export interface RowView {
  readonly store: SharedStore;
  /** Numbers of rows, on shared memory: a list that threads do not share would be copied with each message to them. */
  readonly list?: Int32Array;
  /** First row, or first entry of `list`. */
  readonly start: number;
  readonly count: number;
}

/** A view of the rows that `list` names, or of all of them. */
export function viewRows(store: SharedStore, list?: Int32Array): RowView {
  if (!list) return { store, start: 0, count: store.rows };
  return { store, list: shared(list), start: 0, count: list.length };
}

/** A view of `values` (rows of `dim`), copied to shared memory of their own. */
export function viewOf(values: Float32Array, dim: number): RowView {
  const block = new Float32Array(new SharedArrayBuffer(values.byteLength));
  block.set(values);
  const rows = values.length / dim;
  return viewRows({ dim, rows, blockRows: Math.max(rows, 1), blocks: [block], firstInFile: Infinity });
}

/** Rows `start` to `end` (exclusive) of a view. */
export function sliceView({ store, list, start: first }: RowView, start: number, end: number): RowView {
  return { store, list, start: first + start, count: end - start };
}

/** The rows of a view with these numbers, counted from its first row. */
export function pickRows({ store, list, start }: RowView, numbers: ArrayLike<number>): RowView {
  const picked = new Int32Array(new SharedArrayBuffer(numbers.length * 4));
  for (let i = 0; i < numbers.length; i++) picked[i] = list ? list[start + numbers[i]] : start + numbers[i];
  return { store, list: picked, start: 0, count: numbers.length };
}

/** Copies rows `start` to `end` (exclusive) of a view to the front of `target`; neighbours in the store go at once. */
export function copyView(
  { store, list, start: first }: RowView,
  start: number,
  end: number,
  target: Float32Array,
): void {
  const into = bytesOf(target);
  if (!list) {
    copyRows(store, first + start, end - start, into, 0);
    return;
  }
  const last = first + end;
  for (let i = first + start, to = 0; i < last;) {
    let count = 1;
    while (i + count < last && list[i + count] === list[i] + count) count++;
    copyRows(store, list[i], count, into, to);
    to += count * store.dim * 4;
    i += count;
  }
}

/** The rows of a view with these numbers, row-major. */
export function readRows(view: RowView, numbers: ArrayLike<number>): Float32Array {
  const values = new Float32Array(numbers.length * view.store.dim);
  copyView(pickRows(view, numbers), 0, numbers.length, values);
  return values;
}

function shared(list: Int32Array): Int32Array {
  if (list.buffer instanceof SharedArrayBuffer) return list;
  const copy = new Int32Array(new SharedArrayBuffer(list.byteLength));
  copy.set(list);
  return copy;
}

/** Copies `count` consecutive rows to `target`, from byte `at` on. @throws NearduckError (IO Error) when the file ends early. */
function copyRows(store: SharedStore, first: number, count: number, target: Uint8Array, at: number): void {
  const { dim, blockRows, blocks, firstInFile } = store;
  const rowBytes = dim * 4;
  let done = 0;
  while (done < count && first + done < firstInFile) {
    const row = first + done;
    const within = row % blockRows;
    const take = Math.min(count - done, blockRows - within, firstInFile - row);
    const { buffer, byteOffset } = blocks[Math.floor(row / blockRows)];
    // One view per row, of bytes: more of them take as long as the copy.
    copyBytes(
      target,
      new Uint8Array(buffer, byteOffset + within * rowBytes, take * rowBytes),
      at + done * rowBytes,
    );
    done += take;
  }
  if (done < count)
    readFile(store, first + done, target.subarray(at + done * rowBytes, at + count * rowBytes));
}

function readFile({ dim, firstInFile, file }: SharedStore, row: number, bytes: Uint8Array): void {
  if (file === undefined) throw new Error(`row ${row} is not stored`);
  let position = (row - firstInFile) * dim * 4;
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, position);
    if (read === 0) throw ioError('the temporary file of embeddings ended early');
    done += read;
    position += read;
  }
}
