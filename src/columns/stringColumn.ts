import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Column } from './column.ts';
import { isValid, validityBits, writeNulls } from './native.ts';
import { StringReader } from './stringReader.ts';

const PAGE_BYTES = 1 << 22;

/** VARCHAR, BLOB, BIT or BIGNUM values as bytes in pages; a value never crosses a page. */
export class StringColumn implements Column {
  readonly type: DuckDBType;
  #length = 0;
  #pages: Uint8Array[] = [];
  #used = 0;
  /** Per value: page, start in the page, byte length (−1 for NULL). */
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
    for (let i = 0; i < count; i++) {
      if (isValid(validity, i)) this.#push(reader.source(i), reader.start, reader.bytes);
      else this.#pushNull();
    }
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

  write(vector: duckdb.Vector, start: number, count: number, rows?: Int32Array): void {
    for (let i = 0; i < count; i++) {
      const row = rows ? rows[start + i] : start + i;
      if (!this.isNull(row)) duckdb.vector_assign_string_element_len(vector, i, this.value(row));
    }
    if (this.#hasNulls) writeNulls(vector, count, (i) => this.isNull(rows ? rows[start + i] : start + i));
  }

  take(rows: Int32Array): StringColumn {
    const taken = new StringColumn(this.type);
    taken.#length = rows.length;
    taken.#pages = this.#pages;
    taken.#page = rows.map((row) => this.#page[row]);
    taken.#start = rows.map((row) => this.#start[row]);
    taken.#bytes = rows.map((row) => this.#bytes[row]);
    taken.#hasNulls = taken.#bytes.some((bytes) => bytes < 0);
    // Pages are shared and full for the copy: it is never appended to.
    taken.#used = PAGE_BYTES;
    return taken;
  }

  text(row: number): string {
    if (this.isNull(row)) return 'NULL';
    const value = Buffer.from(this.value(row));
    return this.type.typeId === DuckDBTypeId.VARCHAR ? value.toString('utf8') : `\\x${value.toString('hex')}`;
  }

  #push(source: Uint8Array, start: number, bytes: number): void {
    if (this.#pages.length === 0 || this.#used + bytes > this.#pages[this.#pages.length - 1].length) {
      this.#pages.push(Buffer.alloc(Math.max(PAGE_BYTES, bytes)));
      this.#used = 0;
    }
    const last = this.#pages.length - 1;
    const page = this.#pages[last];
    for (let i = 0; i < bytes; i++) page[this.#used + i] = source[start + i];
    this.#page[this.#length] = last;
    this.#start[this.#length] = this.#used;
    this.#bytes[this.#length] = bytes;
    this.#length++;
    this.#used += bytes;
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
