import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import type { Column } from './column.ts';
import { typeMismatch } from './fixedWidthColumn.ts';
import { isValid, validityBits, writeNulls } from './native.ts';
import type { SortKeys } from './sortKeys.ts';
import { StringReader, type Run } from './stringReader.ts';
import { writeStrings } from './stringWriter.ts';

const PAGE_BYTES = 1 << 22;
/** A run of memory is kept as a page when at least this share of its bytes belongs to strings. */
const MIN_USED = 0.8;

/** VARCHAR, BLOB, BIT or BIGNUM values as bytes in pages. A value never crosses a page. */
export class StringColumn implements Column {
  readonly type: DuckDBType;
  #length = 0;
  #pages: Uint8Array[] = [];
  /** The page that strings are copied to (−1 for none), and the number of its bytes in use. */
  #open = -1;
  #used = 0;
  /** Per value: its page, its start in the page, and its length in bytes (−1 for NULL). */
  #page = new Int32Array(2048);
  #start = new Int32Array(2048);
  #bytes = new Int32Array(2048);
  #hasNulls = false;

  constructor(type: DuckDBType) {
    this.type = type;
  }

  get length(): number {
    return this.#length;
  }

  append(vector: duckdb.Vector, count: number): void {
    this.#reserve(count);
    const validity = validityBits(vector, count);
    const reader = new StringReader(vector, count, validity);
    const pages = reader.runs.map((run) => this.#adopt(run));
    for (let i = 0; i < count; i++) {
      if (!isValid(validity, i)) {
        this.#pushNull();
        continue;
      }
      const source = reader.source(i);
      const page = reader.run(i) < 0 ? undefined : pages[reader.run(i)];
      if (page === undefined) this.#copy(source, reader.start, reader.bytes);
      else this.#push(page, reader.start, reader.bytes);
    }
    reader.close();
  }

  isNull(row: number): boolean {
    return this.#bytes[row] < 0;
  }

  value(row: number): Uint8Array {
    const start = this.#start[row];
    return this.#pages[this.#page[row]].subarray(start, start + this.#bytes[row]);
  }

  equals(a: number, b: number): boolean {
    return this.#bytes[a] === this.#bytes[b] && (this.isNull(a) || this.compare(a, b) === 0);
  }

  compare(a: number, b: number): number {
    if (this.isNull(a) || this.isNull(b)) return Number(this.isNull(a)) - Number(this.isNull(b));
    const startA = this.#start[a];
    const startB = this.#start[b];
    const bufferA = this.#pages[this.#page[a]] as Buffer;
    return bufferA.compare(
      this.#pages[this.#page[b]],
      startB,
      startB + this.#bytes[b],
      startA,
      startA + this.#bytes[a],
    );
  }

  /** The keys hold the first eight bytes after the prefix that all values share. */
  sortKeys(): SortKeys {
    const from = this.#sharedBytes();
    const keys = new BigUint64Array(this.#length);
    const bytes = new Uint8Array(keys.buffer);
    let exact = !this.#hasNulls;
    for (let row = 0; row < this.#length; row++) {
      if (this.isNull(row)) {
        bytes.fill(0xff, row * 8, row * 8 + 8);
        continue;
      }
      const length = this.#bytes[row] - from;
      const page = this.#pages[this.#page[row]];
      const start = this.#start[row] + from;
      for (let i = 0; i < length && i < 8; i++) bytes[row * 8 + 7 - i] = page[start + i];
      // The keys of shorter values end in zeros, and longer values may contain zeros too.
      exact &&= length <= 8 && length + from === this.#bytes[0];
    }
    return { keys, exact };
  }

  write(vector: duckdb.Vector, start: number, count: number, rows?: Int32Array): void {
    const rowOf = rows ? (i: number) => rows[start + i] : (i: number) => start + i;
    const places = { pages: this.#pages, page: this.#page, start: this.#start, bytes: this.#bytes };
    writeStrings(vector, count, places, rowOf);
    if (this.#hasNulls) writeNulls(vector, count, (i) => this.isNull(rowOf(i)));
  }

  take(rows: Int32Array): StringColumn {
    const taken = new StringColumn(this.type);
    taken.#length = rows.length;
    taken.#pages = this.#pages;
    taken.#page = rows.map((row) => this.#page[row]);
    taken.#start = rows.map((row) => this.#start[row]);
    taken.#bytes = rows.map((row) => this.#bytes[row]);
    taken.#hasNulls = taken.#bytes.some((bytes) => bytes < 0);
    // The pages are shared. Appending to the new column starts a new page.
    return taken;
  }

  concat(other: Column): StringColumn {
    if (!(other instanceof StringColumn)) throw typeMismatch(this, other);
    const all = new StringColumn(this.type);
    const join = (a: Int32Array, b: Int32Array): Int32Array<ArrayBuffer> => {
      const joined = new Int32Array(all.#length);
      joined.set(a.subarray(0, this.#length));
      joined.set(b.subarray(0, other.#length), this.#length);
      return joined;
    };
    all.#length = this.#length + other.#length;
    all.#pages = [...this.#pages, ...other.#pages];
    all.#page = join(
      this.#page,
      other.#page.map((page) => page + this.#pages.length),
    );
    all.#start = join(this.#start, other.#start);
    all.#bytes = join(this.#bytes, other.#bytes);
    all.#hasNulls = this.#hasNulls || other.#hasNulls;
    return all;
  }

  text(row: number): string {
    if (this.isNull(row)) return 'NULL';
    const value = Buffer.from(this.value(row));
    return this.type.typeId === DuckDBTypeId.VARCHAR ? value.toString('utf8') : `\\x${value.toString('hex')}`;
  }

  /** Length in bytes of the prefix that all values share. */
  #sharedBytes(): number {
    let first = -1;
    let shared = 0;
    for (let row = 0; row < this.#length; row++) {
      if (this.isNull(row)) continue;
      if (first < 0) {
        first = row;
        shared = this.#bytes[row];
        continue;
      }
      const [a, b] = [this.#pages[this.#page[first]], this.#pages[this.#page[row]]];
      const [from, start] = [this.#start[first], this.#start[row]];
      shared = Math.min(shared, this.#bytes[row]);
      for (let i = 0; i < shared; i++) if (a[from + i] !== b[start + i]) shared = i;
    }
    return shared;
  }

  /** Keeps a run as a page, unless too few of its bytes belong to strings. */
  #adopt({ bytes, used }: Run): number | undefined {
    if (used < bytes.length * MIN_USED) return undefined;
    return this.#pages.push(bytes) - 1;
  }

  #copy(source: Uint8Array, start: number, bytes: number): void {
    if (this.#open < 0 || this.#used + bytes > this.#pages[this.#open].length) {
      this.#open = this.#pages.push(Buffer.alloc(Math.max(PAGE_BYTES, bytes))) - 1;
      this.#used = 0;
    }
    const page = this.#pages[this.#open];
    for (let i = 0; i < bytes; i++) page[this.#used + i] = source[start + i];
    this.#push(this.#open, this.#used, bytes);
    this.#used += bytes;
  }

  #push(page: number, start: number, bytes: number): void {
    this.#page[this.#length] = page;
    this.#start[this.#length] = start;
    this.#bytes[this.#length] = bytes;
    this.#length++;
  }

  #pushNull(): void {
    this.#hasNulls = true;
    this.#bytes[this.#length++] = -1;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const capacity = Math.max(this.#length + count, this.#bytes.length * 2);
    const grow = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(capacity);
      grown.set(array);
      return grown;
    };
    this.#page = grow(this.#page);
    this.#start = grow(this.#start);
    this.#bytes = grow(this.#bytes);
  }
}
