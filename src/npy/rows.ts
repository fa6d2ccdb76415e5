import { ARRAY, BIGINT, FLOAT } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { halfToFloat } from '../arrow/read/values/conversions.ts';
import type { ReadInto, Ranges } from '../files/rangeFile.ts';
import type { NpyHeader } from './header.ts';
import { writeBytes } from '../columns/native.ts';
import { RowParts } from '../columns/parts.ts';
import type { ResultColumn } from '../columns/column.ts';

/** Bytes per read of rows. */
const READ_BYTES = 2 ** 22;
/** Bytes of rows kept in memory for an array in Fortran order, so that reads of a column are large. */
const KEPT_BYTES = 2 ** 25;
/** Number of adjacent columns written to the rows together, so that memory is written in order. */
const COLUMNS_AT_ONCE = 16;

/** The rows of one array, as float32. */
export interface ArrayRows {
  readonly rows: number;
  /** Passes rows from `start` on to `sink`, row-major, in several calls. `sink` must not keep them. */
  read(start: number, count: number, sink: (values: Float32Array) => void): void;
}

/** Returns a reader of the rows of an array. Its values begin at byte `offset` of `ranges`. */
export function arrayRows(header: NpyHeader, ranges: Ranges, offset: number): ArrayRows {
  return header.byColumn ? new ColumnMajorRows(header, ranges, offset) : rowMajorRows(header, ranges, offset);
}

/** Rows of an array in C order, stored row by row. */
function rowMajorRows(header: NpyHeader, ranges: Ranges, offset: number): ArrayRows {
  const { rows, dim, width } = header;
  const rowBytes = dim * width;
  const perRead = Math.max(1, Math.floor(READ_BYTES / rowBytes));
  return {
    rows,
    read: (start, count, sink) =>
      ranges.reading((readInto) => {
        for (let done = 0; done < count; done += perRead) {
          const taken = Math.min(perRead, count - done);
          const at = offset + header.start + (start + done) * rowBytes;
          sink(readFloats(header, readInto, at, taken * dim));
        }
      }),
  };
}

/**
 * Rows of an array in Fortran order, stored column by column. One range per column is read at a time, and the
 * resulting rows are kept for the following calls.
 */
class ColumnMajorRows implements ArrayRows {
  readonly rows: number;
  readonly #header: NpyHeader;
  readonly #ranges: Ranges;
  readonly #offset: number;
  #kept = { start: 0, end: 0, values: new Float32Array(0) };

  constructor(header: NpyHeader, ranges: Ranges, offset: number) {
    this.rows = header.rows;
    this.#header = header;
    this.#ranges = ranges;
    this.#offset = offset;
  }

  read(start: number, count: number, sink: (values: Float32Array) => void): void {
    const { dim } = this.#header;
    for (let at = start; at < start + count;) {
      if (at < this.#kept.start || at >= this.#kept.end) this.#keep(at);
      const kept = this.#kept;
      const end = Math.min(kept.end, start + count);
      sink(kept.values.subarray((at - kept.start) * dim, (end - kept.start) * dim));
      at = end;
    }
    if (start + count >= this.rows) this.#kept = { start: 0, end: 0, values: new Float32Array(0) };
  }

  #keep(start: number): void {
    const { dim, width, rows } = this.#header;
    const count = Math.min(rows - start, Math.max(1, Math.floor(KEPT_BYTES / (dim * 4))));
    const values = new Float32Array(count * dim);
    this.#ranges.reading((readInto) => {
      for (let column = 0; column < dim; column += COLUMNS_AT_ONCE) {
        const columns = Array.from({ length: Math.min(COLUMNS_AT_ONCE, dim - column) }, (_, i) => {
          const at = this.#offset + this.#header.start + ((column + i) * rows + start) * width;
          return readFloats(this.#header, readInto, at, count);
        });
        for (let row = 0; row < count; row++)
          for (let i = 0; i < columns.length; i++) values[row * dim + column + i] = columns[i][row];
      }
    });
    this.#kept = { start, end: start + count, values };
  }
}

/** Reads `count` elements, starting at byte `at`. */
function readFloats(
  { width, bigEndian }: NpyHeader,
  readInto: ReadInto,
  at: number,
  count: number,
): Float32Array {
  const bytes = Buffer.from(new ArrayBuffer(count * width));
  readInto(bytes, at);
  if (bigEndian) swap(bytes, width);
  if (width === 4) return new Float32Array(bytes.buffer);
  if (width === 8) return new Float32Array(new Float64Array(bytes.buffer));
  return new Float32Array(halfToFloat.convert(bytes, count).buffer);
}

const swap = (bytes: Buffer, width: 2 | 4 | 8): Buffer =>
  width === 2 ? bytes.swap16() : width === 4 ? bytes.swap32() : bytes.swap64();

/** Row numbers, starting at `first`. */
export const rowColumn = (first: number): ResultColumn => ({
  type: BIGINT,
  write(vector, start, count) {
    // Writing the two halves of each number is many times faster than creating a bigint.
    const words = new Uint32Array(2 * count);
    for (let i = 0; i < count; i++) {
      words[2 * i] = first + start + i;
      words[2 * i + 1] = Math.floor((first + start + i) / 2 ** 32);
    }
    writeBytes(vector, 0, new Uint8Array(words.buffer));
  },
});

/** The rows of consecutive arrays, read while DuckDB scans them. */
export function embeddingColumn(arrays: readonly ArrayRows[], dim: number): ResultColumn {
  const parts = new RowParts(arrays.map(({ rows }) => rows));
  return {
    type: ARRAY(FLOAT, dim),
    write(vector, start, count) {
      const child = duckdb.array_vector_get_child(vector);
      let at = 0;
      const sink = (values: Float32Array): void => {
        writeBytes(child, at, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        at += values.byteLength;
      };
      parts.forEach(start, count, (part, first, taken) => arrays[part].read(first, taken, sink));
    },
  };
}
