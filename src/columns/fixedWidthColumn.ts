import { DuckDBDataChunk, DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Column } from './column.ts';
import { columnVector, hasNulls, isValid, validityBits, writeNulls } from './native.ts';
import { integerKeys, numberKeys, type SortKeys } from './sortKeys.ts';
import { typeIds } from './types.ts';

const UNSIGNED = new Set(
  typeIds('BOOLEAN', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'UHUGEINT', 'ENUM'),
);

const HIGHEST_KEY = 2n ** 64n - 1n;
/** Floating-point types: 0 equals −0, and all NaNs are equal. */
const FLOATING = new Set([DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE]);

/** Values of 1, 2, 4, 8 or 16 bytes each. */
export class FixedWidthColumn implements Column {
  readonly type: DuckDBType;
  readonly width: number;
  #length = 0;
  #bytes: Uint8Array;
  #nulls: Set<number> | undefined;
  #compare: ((a: number, b: number) => number) | undefined;

  constructor(type: DuckDBType, width: number, capacity = 2048) {
    this.type = type;
    this.width = width;
    this.#bytes = new Uint8Array(capacity * width);
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes of all values, `width` bytes per value. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length * this.width);
  }

  append(vector: duckdb.Vector, count: number): void {
    const needed = (this.#length + count) * this.width;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(duckdb.vector_get_data(vector, count * this.width), this.#length * this.width);
    const validity = validityBits(vector, count);
    if (hasNulls(validity, count)) {
      this.#nulls ??= new Set();
      for (let i = 0; i < count; i++) if (!isValid(validity, i)) this.#nulls.add(this.#length + i);
    }
    this.#length += count;
    this.#compare = undefined;
  }

  isNull(row: number): boolean {
    return this.#nulls?.has(row) ?? false;
  }

  equals(a: number, b: number): boolean {
    if (this.#nulls && (this.isNull(a) || this.isNull(b))) return this.isNull(a) && this.isNull(b);
    if (FLOATING.has(this.type.typeId)) return this.compare(a, b) === 0;
    const { width } = this;
    for (let i = 0; i < width; i++)
      if (this.#bytes[a * width + i] !== this.#bytes[b * width + i]) return false;
    return true;
  }

  compare(a: number, b: number): number {
    if (this.#nulls && (this.isNull(a) || this.isNull(b)))
      return Number(this.isNull(a)) - Number(this.isNull(b));
    return (this.#compare ??= this.#comparator())(a, b);
  }

  sortKeys(): SortKeys {
    const { width, bytes } = this;
    const { typeId } = this.type;
    let keys: BigUint64Array;
    if (typeId === DuckDBTypeId.FLOAT) keys = numberKeys(new Float32Array(bytes.slice().buffer));
    else if (typeId === DuckDBTypeId.DOUBLE) keys = numberKeys(new Float64Array(bytes.slice().buffer));
    else keys = integerKeys(bytes, width, !UNSIGNED.has(typeId));
    for (const row of this.#nulls ?? []) keys[row] = HIGHEST_KEY;
    return { keys, exact: width <= 8 && !this.#nulls };
  }

  write(vector: duckdb.Vector, start: number, count: number, rows?: Int32Array): void {
    const { width } = this;
    if (!rows) {
      duckdb.copy_data_to_vector(vector, 0, this.#bytes.buffer as ArrayBuffer, start * width, count * width);
    } else {
      const out = gather(this.#bytes, width, rows, start, count);
      duckdb.copy_data_to_vector(vector, 0, out.buffer as ArrayBuffer, out.byteOffset, out.byteLength);
    }
    if (this.#nulls) writeNulls(vector, count, (i) => this.isNull(rows ? rows[start + i] : start + i));
  }

  take(rows: Int32Array): FixedWidthColumn {
    const taken = new FixedWidthColumn(this.type, this.width, 0);
    taken.#bytes = gather(this.#bytes, this.width, rows, 0, rows.length);
    taken.#length = rows.length;
    if (this.#nulls) rows.forEach((row, i) => this.isNull(row) && (taken.#nulls ??= new Set()).add(i));
    return taken;
  }

  concat(other: Column): FixedWidthColumn {
    if (!(other instanceof FixedWidthColumn) || other.width !== this.width) throw typeMismatch(this, other);
    const all = new FixedWidthColumn(this.type, this.width, this.#length + other.#length);
    all.#bytes.set(this.bytes);
    all.#bytes.set(other.bytes, this.bytes.length);
    all.#length = this.#length + other.#length;
    if (this.#nulls || other.#nulls)
      all.#nulls = new Set([
        ...(this.#nulls ?? []),
        ...Array.from(other.#nulls ?? [], (row) => this.#length + row),
      ]);
    return all;
  }

  text(row: number): string {
    if (this.isNull(row)) return 'NULL';
    const chunk = DuckDBDataChunk.create([this.type], 1);
    this.write(columnVector(chunk, 0), row, 1);
    return String(chunk.getColumnVector(0).getItem(0));
  }

  #comparator(): (a: number, b: number) => number {
    const { width } = this;
    const { typeId } = this.type;
    const buffer = this.#bytes.buffer as ArrayBuffer;
    if (FLOATING.has(typeId)) {
      const values = width === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
      return (a, b) => {
        const [x, y] = [values[a], values[b]];
        return Number.isNaN(x) || Number.isNaN(y)
          ? Number(Number.isNaN(x)) - Number(Number.isNaN(y))
          : order(x, y);
      };
    }
    const [unsigned, signed] = INTEGERS[Math.min(width, 8) as keyof typeof INTEGERS];
    const isUnsigned = UNSIGNED.has(typeId);
    const values = new (isUnsigned ? unsigned : signed)(buffer);
    if (width <= 8) return (a, b) => order(values[a], values[b]);
    // DuckDB stores UUIDs with the top bit flipped, so they too order as signed 128-bit integers.
    const low = new BigUint64Array(buffer);
    return (a, b) => order(values[2 * a + 1], values[2 * b + 1]) || order(low[2 * a], low[2 * b]);
  }
}

/** The arrays of unsigned and signed integers, by bytes per value. */
const INTEGERS = {
  1: [Uint8Array, Int8Array],
  2: [Uint16Array, Int16Array],
  4: [Uint32Array, Int32Array],
  8: [BigUint64Array, BigInt64Array],
} as const;

const order = (x: number | bigint, y: number | bigint): number => (x < y ? -1 : x > y ? 1 : 0);

/** The error for joining columns of different types. */
export const typeMismatch = (a: Column, b: Column): TypeError =>
  new TypeError(`cannot join columns of ${a.type.toString()} and ${b.type.toString()}`);

/** The bytes of all values of a column that is not text. @throws TypeError for strings. */
export function bytesOf(column: Column): Uint8Array {
  if (!(column instanceof FixedWidthColumn)) throw new TypeError('strings have no fixed width');
  return column.bytes;
}

/** The values of a UBIGINT column, such as hashes. */
export const hashValues = (column: Column): BigUint64Array =>
  new BigUint64Array(bytesOf(column).slice().buffer);

/** The values of a DOUBLE column. NULL becomes NaN. */
export function doubleValues(column: Column): Float64Array {
  const values = new Float64Array(bytesOf(column).slice().buffer);
  for (let row = 0; row < values.length; row++) if (column.isNull(row)) values[row] = NaN;
  return values;
}

/** Copies the `width`-byte values at `rows[start]` to `rows[start + count - 1]` into one packed array. */
function gather(bytes: Uint8Array, width: number, rows: Int32Array, start: number, count: number) {
  const inWords = width % 4 === 0;
  const each = inWords ? width / 4 : width;
  const from = inWords ? new Uint32Array(bytes.buffer) : bytes;
  const out = inWords ? new Uint32Array(count * each) : new Uint8Array(count * each);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < each; j++) out[i * each + j] = from[rows[start + i] * each + j];
  return new Uint8Array(out.buffer);
}
