import duckdb from '@duckdb/node-bindings';
import type { Bytes, ReadStrings } from '../fieldCursor.ts';
import { isValid } from '../../../columns/native.ts';
import { readOffsets, writeValidity, type ReadField } from './values.ts';

/** Writes strings of any layout. DuckDB copies each string into its own memory. */
export const strings =
  (readStrings: ReadStrings): ReadField =>
  (cursor) => {
    const source = readStrings(cursor);
    return {
      write(target, at, start, count, parent) {
        let bits: Uint8Array | undefined;
        for (const [i, bytes] of source.read(start, count).entries()) {
          if (bytes && isValid(parent, i)) duckdb.vector_assign_string_element_len(target, at + i, bytes);
          else {
            bits ??= new Uint8Array(Math.ceil(count / 8)).fill(0xff);
            bits[i >> 3] &= ~(1 << (i & 7));
          }
        }
        writeValidity(target, at, count, bits);
      },
      check: (count) => source.check(count),
    };
  };

const valuesOf = (
  count: number,
  bits: Uint8Array | undefined,
  valueOf: (i: number) => Uint8Array | undefined,
): Bytes[] => Array.from({ length: count }, (_, i) => (isValid(bits, i) ? valueOf(i) : undefined));

/** Utf8, LargeUtf8, Binary, LargeBinary: offsets into the bytes of the following buffer. */
export const offsetStrings =
  (large: boolean): ReadStrings =>
  (cursor) => {
    const { buffers } = cursor;
    const [validity, data, run] = [cursor.validity(), cursor.buffer(), cursor.buffer()];
    return {
      read(start, count) {
        const offsets = readOffsets(buffers, data, large, start, count);
        const base = offsets[0];
        const bytes = buffers.bytes(run, base, offsets[count] ?? 0);
        return valuesOf(count, validity.bits(start, count), (i) =>
          bytes.subarray(offsets[i] - base, offsets[i + 1] - base),
        );
      },
      check(count) {
        if (count > 0) validity.check(data, count, large ? 64 : 32, 1);
      },
    };
  };

/** FixedSizeBinary: adjacent values of the same length. */
export const fixedSizeStrings =
  (width: number): ReadStrings =>
  (cursor) => {
    const { buffers } = cursor;
    const [validity, data] = [cursor.validity(), cursor.buffer()];
    return {
      read(start, count) {
        const bytes = buffers.bytes(data, start * width, (start + count) * width);
        return valuesOf(count, validity.bits(start, count), (i) =>
          bytes.subarray(i * width, (i + 1) * width),
        );
      },
      check: (count) => validity.check(data, count, 8 * width),
    };
  };

/** Dictionary-encoded strings: indices of `width` bytes. The dictionary's values are read once. */
export const dictionaryStrings =
  (id: number, width: number, readStrings: ReadStrings): ReadStrings =>
  (cursor) => {
    const { buffers } = cursor;
    const [validity, data] = [cursor.validity(), cursor.buffer()];
    return {
      read(start, count) {
        const { buffer, byteOffset } = buffers.bytes(data, start * width, (start + count) * width);
        const bytes = Buffer.from(buffer, byteOffset, count * width);
        const dictionary = cursor.dictionary(id, readStrings);
        // Indices are never negative and stay below 2³², so signed and unsigned indices can be read in the
        // same way.
        return valuesOf(
          count,
          validity.bits(start, count),
          (i) => dictionary[bytes.readUIntLE(i * width, Math.min(width, 4))],
        );
      },
      check: (count) => validity.check(data, count, 8 * width),
    };
  };

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

/** Utf8View, BinaryView: short values are stored in the view itself, long ones in one of the data buffers. */
export const viewStrings: ReadStrings = (cursor) => {
  const { buffers } = cursor;
  const [validity, data] = [cursor.validity(), cursor.buffer()];
  cursor.variadicBuffers();
  return {
    read(start, count) {
      const bits = validity.bits(start, count);
      const views = buffers.bytes(data, start * VIEW_BYTES, (start + count) * VIEW_BYTES);
      const words = new Int32Array(views.buffer, views.byteOffset, count * 4);
      const isLong = (i: number): boolean => isValid(bits, i) && words[4 * i] > INLINE_BYTES;
      const ranges = new Map<number, { from: number; to: number; bytes?: Uint8Array }>();
      for (let i = 0; i < count; i++) {
        if (!isLong(i)) continue;
        const [length, , buffer, offset] = words.subarray(4 * i, 4 * i + 4);
        const range = ranges.get(buffer) ?? { from: offset, to: offset };
        range.from = Math.min(range.from, offset);
        range.to = Math.max(range.to, offset + length);
        ranges.set(buffer, range);
      }
      for (const [buffer, range] of ranges)
        range.bytes = buffers.bytes(data + 1 + buffer, range.from, range.to);
      return valuesOf(count, bits, (i) => {
        const [length, , buffer, offset] = words.subarray(4 * i, 4 * i + 4);
        if (!isLong(i)) return views.subarray(i * VIEW_BYTES + 4, i * VIEW_BYTES + 4 + length);
        const { from, bytes } = ranges.get(buffer)!;
        return bytes!.subarray(offset - from, offset - from + length);
      });
    },
    check: (count) => validity.check(data, count, 8 * VIEW_BYTES),
  };
};
