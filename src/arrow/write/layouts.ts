import duckdb from '@duckdb/node-bindings';
import type { Vector } from 'apache-arrow';
import { ListEntries } from '../../columns/listEntry.ts';
import { isValid } from '../../columns/native.ts';
import { StringReader } from '../../columns/stringReader.ts';
import { forEachRun, type ColumnBuilder, type Layout } from './columnBuilder.ts';

/** A byte array that grows as bytes are appended. */
class GrowingBytes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a copy of `bytes`. */
  append(bytes: Uint8Array): void {
    this.grow(bytes.length).set(bytes);
  }

  /** Appends `count` bytes and returns them for the caller to fill immediately. */
  grow(count: number): Uint8Array {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    const added = this.#bytes.subarray(this.#length, needed);
    this.#length = needed;
    return added;
  }

  /** Returns the bytes and starts again with none. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = new Uint8Array(1024);
    this.#length = 0;
    return taken;
  }
}

/** A column that contains only NULL, such as `SELECT NULL`. */
export const nulls: Layout = { byteLength: () => 0, append: () => {}, take: () => ({}) };

/** Widens values to `to` bytes. */
interface Widening {
  readonly to: number;
  convert(source: Uint8Array, target: Uint8Array, count: number): void;
}

/**
 * Numbers, dates and times, which have the same bytes in both formats. Narrow decimals are widened to 128
 * bits. `width` is the number of bytes per value in DuckDB; `dictionary` holds the values of a dictionary
 * type.
 */
export function fixedWidth(
  width: number,
  { widening, dictionary }: { readonly widening?: Widening; readonly dictionary?: Vector } = {},
): Layout {
  const data = new GrowingBytes();
  const to = widening?.to ?? width;
  return {
    byteLength: () => data.length,
    append(vector, size, runs, bits) {
      const source = duckdb.vector_get_data(vector, size * width);
      forEachRun(runs, (start, count) => {
        const from = source.subarray(start * width, (start + count) * width);
        const target = data.grow(count * to);
        if (widening) widening.convert(from, target, count);
        else target.set(from);
        // The memory of a NULL value holds arbitrary data, which must not leave the process.
        if (!bits) return;
        for (let i = 0; i < count; i++) if (!isValid(bits, start + i)) target.fill(0, i * to, (i + 1) * to);
      });
    },
    take: () => ({ data: data.take(), dictionary }),
  };
}

/** Widens two's complement integers of 2, 4 or 8 bytes to 16 bytes. */
export const widenDecimal = (width: number): Widening => ({
  to: 16,
  convert(source, target, count) {
    for (let i = 0; i < count; i++) {
      const sign = source[i * width + width - 1] & 0x80 ? 0xff : 0;
      for (let j = 0; j < width; j++) target[i * 16 + j] = source[i * width + j];
      target.fill(sign, i * 16 + width, (i + 1) * 16);
    }
  },
});

/** BOOLEAN: one byte per value in DuckDB, one bit in Arrow. */
export function booleans(): Layout {
  const bytes = fixedWidth(1);
  return {
    ...bytes,
    take() {
      const { data: values } = bytes.take() as { readonly data: Uint8Array };
      const data = new Uint8Array(Math.ceil(values.length / 8));
      for (let i = 0; i < values.length; i++) if (values[i] === 1) data[i >> 3] |= 1 << (i & 7);
      return { data };
    },
  };
}

/** Reads the bytes of a value: `source(i)` contains them, at `start`, `bytes` long. */
type Reader = Pick<StringReader, 'source' | 'start' | 'bytes'>;
type MakeReader = (vector: duckdb.Vector, size: number, bits: Uint8Array | undefined) => Reader;

/** VARCHAR and BLOB. For other types, the reader returns their values as text. */
export function strings(
  makeReader: MakeReader = (vector, size, bits) => new StringReader(vector, size, bits),
): Layout {
  const data = new GrowingBytes();
  let ends = [0];
  return {
    byteLength: () => data.length + ends.length * 4,
    append(vector, size, runs, bits) {
      const reader = makeReader(vector, size, bits);
      forEachRun(runs, (start, count) => {
        for (let i = start; i < start + count; i++) {
          if (isValid(bits, i)) {
            const source = reader.source(i);
            data.append(source.subarray(reader.start, reader.start + reader.bytes));
          }
          ends.push(data.length);
        }
      });
    },
    take() {
      const valueOffsets = Int32Array.from(ends);
      ends = [0];
      return { valueOffsets, data: data.take() };
    },
  };
}

/** Returns UUIDs as text. DuckDB stores them as 128-bit integers with the top bit flipped. */
export const uuidReader: MakeReader = (vector, size) => {
  const values = duckdb.vector_get_data(vector, size * 16);
  return {
    start: 0,
    bytes: 36,
    source(i) {
      const bytes = Buffer.from(values.subarray(i * 16, (i + 1) * 16).toReversed());
      bytes[0] ^= 0x80;
      const text = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
      return Buffer.from(text, 'latin1');
    },
  };
};

/** LIST and MAP. The elements of adjacent rows are appended together. */
export function lists(child: ColumnBuilder): Layout {
  let ends = [0];
  return {
    byteLength: () => child.byteLength() + ends.length * 4,
    append(vector, size, runs, bits) {
      const entries = new ListEntries(vector, size);
      const elements: number[] = [];
      forEachRun(runs, (start, count) => {
        for (let i = start; i < start + count; i++) {
          const length = isValid(bits, i) ? entries.length(i) : 0;
          ends.push(ends[ends.length - 1] + length);
          if (length > 0) addRun(elements, entries.start(i), length);
        }
      });
      if (elements.length > 0)
        child.append(duckdb.list_vector_get_child(vector), duckdb.list_vector_get_size(vector), elements);
    },
    take() {
      const valueOffsets = Int32Array.from(ends);
      ends = [0];
      return { valueOffsets, child: child.take() };
    },
  };
}

function addRun(runs: number[], start: number, count: number): void {
  const last = runs.length - 2;
  if (last >= 0 && runs[last] + runs[last + 1] === start) runs[last + 1] += count;
  else runs.push(start, count);
}

/** ARRAY: all rows have the same length and are adjacent. */
export const arrays = (child: ColumnBuilder, length: number): Layout => ({
  byteLength: () => child.byteLength(),
  append: (vector, size, runs) =>
    child.append(
      duckdb.array_vector_get_child(vector),
      size * length,
      runs.map((place) => place * length),
    ),
  take: () => ({ child: child.take() }),
});

/** STRUCT: the same rows of every child. */
export const structs = (children: readonly ColumnBuilder[]): Layout => ({
  byteLength: () => children.reduce((sum, child) => sum + child.byteLength(), 0),
  append: (vector, size, runs) =>
    children.forEach((child, i) => child.append(duckdb.struct_vector_get_child(vector, i), size, runs)),
  take: () => ({ children: children.map((child) => child.take()) }),
});
