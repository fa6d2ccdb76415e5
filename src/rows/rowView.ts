import { readSync } from 'node:fs';
import { ioError } from '../errors.ts';
import { bytesOf, copyBytes } from './copyBytes.ts';

/** Float32 rows that every thread can read: blocks of shared memory, then a file. */
export interface SharedStore {
  readonly dim: number;
  readonly rows: number;
  /** Rows per block. */
  readonly blockRows: number;
  /** Blocks of `blockRows` × dim values on SharedArrayBuffers. The last block may be partly filled. */
  readonly blocks: readonly Float32Array[];
  /** The first row in the file; Infinity without a file. */
  readonly firstInFile: number;
  /** The descriptor of the file, which holds the rows from `firstInFile` one after another. */
  readonly file?: number;
}

/** `count` rows of a store, or of the rows that `list` selects, from number `start` on. */
export interface RowView {
  readonly store: SharedStore;
  /** Row numbers in shared memory. Other memory would be copied with each message to a thread. */
  readonly list?: Int32Array;
  /** The first row, or the first entry of `list`. */
  readonly start: number;
  readonly count: number;
}

/** A view of the rows in `list`, or of all rows. */
export function viewRows(store: SharedStore, list?: Int32Array): RowView {
  if (!list) return { store, start: 0, count: store.rows };
  return { store, list: shared(list), start: 0, count: list.length };
}

/** Copies `values` (rows of `dim` elements) to new shared memory and returns a view of them. */
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

/** A view of selected rows. `numbers` count from the first row of `view`. */
export function pickRows({ store, list, start }: RowView, numbers: ArrayLike<number>): RowView {
  const picked = new Int32Array(new SharedArrayBuffer(numbers.length * 4));
  for (let i = 0; i < numbers.length; i++) picked[i] = list ? list[start + numbers[i]] : start + numbers[i];
  return { store, list: picked, start: 0, count: numbers.length };
}

/** Copies rows `start` to `end` (exclusive) of a view to `target`, adjacent ones together. */
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
  const isShort = store.dim * 4 < SHORT_ROW;
  let requested = first + start;
  for (let i = first + start, to = 0; i < last;) {
    if (isShort && i >= requested) {
      requested = Math.min(last, i + REQUESTED);
      // The copy overwrites this value. Without a use of it, nothing would be read.
      target[to / 4] = sumOfLines(store, list.subarray(i, requested));
    }
    let count = 1;
    while (i + count < last && list[i + count] === list[i] + count) count++;
    copyRows(store, list[i], count, into, to);
    to += count * store.dim * 4;
    i += count;
  }
}

/** Rows of fewer bytes are requested from memory before they are copied. */
const SHORT_ROW = 1024;
/** Number of rows requested together. */
const REQUESTED = 32;
/** Values per line of a processor's cache. */
const LINE_VALUES = 16;
/**
 * Sums a value of each cache line of rows. A processor requests all these lines together, but waits for those
 * of each copy in turn: this saves a third of the time of copying rows of 100 values.
 */
function sumOfLines({ dim, blockRows, blocks, firstInFile }: SharedStore, rows: Int32Array): number {
  let sum = 0;
  for (const row of rows) {
    if (row >= firstInFile) continue;
    const values = blocks[Math.floor(row / blockRows)];
    const first = (row % blockRows) * dim;
    for (let at = first; at < first + dim; at += LINE_VALUES) sum += values[at];
  }
  return sum;
}

/** The selected rows of a view, row-major. */
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

/** Copies `count` consecutive rows to `target`, starting at byte `at`. */
function copyRows(store: SharedStore, first: number, count: number, target: Uint8Array, at: number): void {
  const { dim, blockRows, blocks, firstInFile } = store;
  const rowBytes = dim * 4;
  let done = 0;
  while (done < count && first + done < firstInFile) {
    const row = first + done;
    const within = row % blockRows;
    const take = Math.min(count - done, blockRows - within, firstInFile - row);
    const { buffer, byteOffset } = blocks[Math.floor(row / blockRows)];
    // Creating one byte array per row keeps this fast: creating more takes as long as the copy itself.
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
