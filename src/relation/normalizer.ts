import { copyBytes, copyFloats } from '../rows/copyBytes.ts';
import type { SharedFloats } from '../rows/sharedFloats.ts';
import { unitRowsIn } from '../simd/unitRows.ts';

/** Rows of a vector. Each has `dim` elements, beginning at `starts[i]`. */
export interface RowBytes {
  readonly bytes: Uint8Array;
  readonly elementBytes: 4 | 8;
  readonly dim: number;
  readonly starts: Float64Array;
  /**
   * Rows that have unit length but for rounding stay as they are. Without it they are scaled too, so that
   * multiples of a row become equal rows.
   */
  readonly keepUnit?: boolean;
}

/** All elements of the vector. `starts` are indexes of this array. */
export const elementsOf = ({ bytes, elementBytes }: RowBytes): Float32Array | Float64Array =>
  elementBytes === 4
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    : new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);

/** Status of a row: it now has unit length, has an element that is NaN or infinite, or has norm zero. */
export const STATUS = { ok: 0, notFinite: 1, zero: 2 } as const;

/** The destination of normalised rows, and the status of each. */
export interface NormalizedRows {
  /** Consecutive memory for the rows; each part holds whole rows. Empty when the rows are only checked. */
  readonly segments: readonly SharedFloats[];
  /** A 53-bit hash of each row's bytes. */
  readonly hashes: Float64Array;
  /** A `STATUS` of each row. */
  readonly status: Uint8Array;
}

/** Bytes of rows processed at a time, so that they stay in a core's cache. */
const PIECE_BYTES = 2 ** 18;
const PAGE_BYTES = 65_536;

/** Scales rows to unit length and hashes them, in place where WebAssembly can access their memory. */
export class Normalizer {
  #scratch: WebAssembly.Memory | undefined;

  run(rows: RowBytes, into: NormalizedRows): void {
    for (const _ of this.pieces(rows, into));
  }

  /** Does the same step by step. Each `next` processes some rows. */
  *pieces(rows: RowBytes, into: NormalizedRows): Generator<void, void> {
    const { elementBytes, dim, starts } = rows;
    const { segments } = into;
    const count = Math.max(1, Math.floor(PIECE_BYTES / (dim * elementBytes)));
    if (segments.length === 0) {
      for (let start = 0; start < starts.length; start += count) {
        this.#aside(rows, start, Math.min(starts.length, start + count), into);
        yield;
      }
    }
    let first = 0;
    for (const { values, memory } of segments) {
      const last = first + values.length / dim;
      for (let start = first; start < last; start += count) {
        const end = Math.min(last, start + count);
        const target = values.subarray((start - first) * dim, (end - first) * dim);
        if (memory && elementBytes === 4) inPlace(rows, start, end, target, memory, into);
        else copyFloats(target, this.#aside(rows, start, end, into));
        yield;
      }
      first = last;
    }
  }

  /** Normalises rows in the normalizer's memory and returns them there. */
  #aside(rows: RowBytes, start: number, end: number, into: NormalizedRows): Float32Array {
    const { dim, elementBytes } = rows;
    const values = (end - start) * dim;
    const outputAt = elementBytes === 8 ? values * 8 : 0;
    const memory = this.#memory(outputAt + values * 4);
    const output = new Float32Array(memory.buffer, outputAt, values);
    if (elementBytes === 4) {
      inPlace(rows, start, end, output, memory, into);
      return output;
    }
    copyRows(rows, start, end, new Uint8Array(memory.buffer, 0, values * 8));
    const { doublesToUnit } = unitRowsIn(memory);
    for (let row = start; row < end; row++) {
      const at = (row - start) * dim;
      note(into, row, doublesToUnit(at * 8, dim, outputAt + at * 4));
    }
    return output;
  }

  #memory(bytes: number): WebAssembly.Memory {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    if (!this.#scratch || this.#scratch.buffer.byteLength < bytes) {
      this.#scratch = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    }
    return this.#scratch;
  }
}

/** Copies float32 rows to `target`, which is part of `memory`, and normalises them in place. */
function inPlace(
  rows: RowBytes,
  start: number,
  end: number,
  target: Float32Array,
  memory: WebAssembly.Memory,
  into: NormalizedRows,
): void {
  copyRows(rows, start, end, new Uint8Array(target.buffer, target.byteOffset, target.byteLength));
  const { toUnit } = unitRowsIn(memory);
  const { dim, keepUnit = false } = rows;
  const rowBytes = dim * 4;
  let at = target.byteOffset;
  for (let row = start; row < end; row++, at += rowBytes) note(into, row, toUnit(at, dim, keepUnit));
}

/** Records the result for a row: its hash, or minus its status. */
function note({ hashes, status }: NormalizedRows, row: number, result: number): void {
  hashes[row] = result;
  status[row] = result < 0 ? -result : STATUS.ok;
}

/** Copies rows `start` to `end` (exclusive) to the front of `target`. Adjacent rows are copied together. */
function copyRows(
  { bytes, elementBytes, dim, starts }: RowBytes,
  start: number,
  end: number,
  target: Uint8Array,
): void {
  const rowBytes = dim * elementBytes;
  for (let i = start; i < end;) {
    let run = 1;
    while (i + run < end && starts[i + run] === starts[i] + run * dim) run++;
    const from = starts[i] * elementBytes;
    copyBytes(target.subarray((i - start) * rowBytes), bytes.subarray(from, from + run * rowBytes));
    i += run;
  }
}
