import duckdb from '@duckdb/node-bindings';
import { writeListEntries } from '../../../columns/listEntry.ts';
import { repeatBits } from '../../bits.ts';
import { readOffsets, writeValidity, type ReadField } from './values.ts';

/** List, LargeList and Map → LIST and MAP. In both formats, the elements of consecutive rows are adjacent. */
export const lists =
  (large: boolean, element: ReadField): ReadField =>
  (cursor) => {
    const { buffers } = cursor;
    const [validity, data] = [cursor.validity(), cursor.buffer()];
    const length = cursor.nextLength();
    const child = element(cursor);
    return {
      write(target, at, start, count, parent) {
        const offsets = readOffsets(buffers, data, large, start, count);
        const base = offsets[0];
        if (offsets[count] > length) throw buffers.damaged();
        const elements = (offsets[count] ?? 0) - base;
        const used = at === 0 ? 0 : duckdb.list_vector_get_size(target);
        duckdb.list_vector_reserve(target, used + elements);
        duckdb.list_vector_set_size(target, used + elements);
        writeListEntries(target, at, count, (i) => used + offsets[i] - base);
        writeValidity(target, at, count, validity.bits(start, count, parent));
        if (elements > 0) child.write(duckdb.list_vector_get_child(target), used, base, elements);
      },
      check(count) {
        if (count > 0) validity.check(data, count, large ? 64 : 32, 1);
        child.check(length);
      },
    };
  };

/** FixedSizeList → ARRAY. */
export const arrays =
  (length: number, element: ReadField): ReadField =>
  (cursor) => {
    const validity = cursor.validity();
    const child = element(cursor);
    return {
      write(target, at, start, count, parent) {
        const bits = validity.bits(start, count, parent);
        writeValidity(target, at, count, bits);
        const elements = bits && repeatBits(bits, count, length);
        const vector = duckdb.array_vector_get_child(target);
        child.write(vector, at * length, start * length, count * length, elements);
      },
      check: (count) => child.check(count * length),
    };
  };

/** Struct → STRUCT. */
export const structs =
  (fields: readonly ReadField[]): ReadField =>
  (cursor) => {
    const validity = cursor.validity();
    const children = fields.map((field) => field(cursor));
    return {
      write(target, at, start, count, parent) {
        const bits = validity.bits(start, count, parent);
        writeValidity(target, at, count, bits);
        for (const [i, child] of children.entries())
          child.write(duckdb.struct_vector_get_child(target, i), at, start, count, bits);
      },
      check: (count) => children.forEach((child) => child.check(count)),
    };
  };
