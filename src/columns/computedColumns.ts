import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  FLOAT,
  INTEGER,
  LIST,
  VARCHAR,
  type DuckDBType,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Column, ResultColumn } from './column.ts';
import { writeListEntries } from './listEntry.ts';
import { writeNulls } from './native.ts';
import { writeEqualStrings } from './stringWriter.ts';

/** Values of a type that DuckDB stores as the array does. */
const numbers =
  <A extends Int32Array | Float32Array | Float64Array | BigInt64Array>(type: DuckDBType) =>
  (values: A): ResultColumn => ({
    type,
    write(vector, start, count) {
      const { buffer, byteOffset, BYTES_PER_ELEMENT: width } = values;
      const from = byteOffset + start * width;
      duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, from, count * width);
    },
  });

/** INTEGER values. */
export const int32Column = numbers<Int32Array>(INTEGER);
/** BIGINT values. */
export const int64Column = numbers<BigInt64Array>(BIGINT);
/** FLOAT values. */
export const float32Column = numbers<Float32Array>(FLOAT);
/** DOUBLE values. */
export const float64Column = numbers<Float64Array>(DOUBLE);

/** FLOAT values. `values` maps rows to values; all other rows are NULL. */
export function sparseFloat32Column(values: ReadonlyMap<number, number>): ResultColumn {
  return {
    type: FLOAT,
    write(vector, start, count) {
      const floats = Float32Array.from({ length: count }, (_, i) => values.get(start + i) ?? 0);
      duckdb.copy_data_to_vector(vector, 0, floats.buffer, 0, floats.byteLength);
      writeNulls(vector, count, (i) => !values.has(start + i));
    },
  };
}

/** FLOAT values. NaN becomes NULL. */
export function nullableFloat32Column(values: Float32Array): ResultColumn {
  const column = float32Column(values);
  return {
    type: FLOAT,
    write(vector, start, count) {
      column.write(vector, start, count);
      writeNulls(vector, count, (i) => Number.isNaN(values[start + i]));
    },
  };
}

/** BOOLEAN values. */
export function booleanColumn(valueOf: (row: number) => boolean): ResultColumn {
  return {
    type: BOOLEAN,
    write(vector, start, count) {
      const bytes = Uint8Array.from({ length: count }, (_, i) => Number(valueOf(start + i)));
      duckdb.copy_data_to_vector(vector, 0, bytes.buffer, 0, count);
    },
  };
}

/** VARCHAR values. */
export function textColumn(values: readonly string[]): ResultColumn {
  return {
    type: VARCHAR,
    write(vector, start, count) {
      for (let i = 0; i < count; i++) duckdb.vector_assign_string_element(vector, i, values[start + i]);
    },
  };
}

/** Input values, returned unchanged: those at `rows`, or all values in order. */
export function inputColumn(column: Column, rows?: Int32Array): ResultColumn {
  return { type: column.type, write: (vector, start, count) => column.write(vector, start, count, rows) };
}

/** BLOBs of `dim` float32 values. `copy` copies rows `start` to `end` (exclusive) to `target`. */
export function packedColumn(
  dim: number,
  copy: (start: number, end: number, target: Float32Array) => void,
): ResultColumn {
  let values = new Float32Array(0);
  return {
    type: BLOB,
    write(vector, start, count) {
      if (values.length < count * dim) values = new Float32Array(count * dim);
      copy(start, start + count, values);
      writeEqualStrings(vector, count, new Uint8Array(values.buffer), dim * 4);
    },
  };
}

/** The first `length` rows of a column, followed by NULLs. */
export function withNulls(column: ResultColumn, length: number): ResultColumn {
  return {
    type: column.type,
    write(vector, start, count) {
      column.write(vector, start, count);
      writeNulls(vector, count, (i) => start + i >= length);
    },
  };
}

/** Lists of FLOAT or INTEGER. Row r holds the values `offset(r)` to `offset(r + 1)` (exclusive). */
export function listColumn(
  type: DuckDBType,
  values: Float32Array | Int32Array,
  offset: (row: number) => number,
): ResultColumn {
  return {
    type: LIST(type),
    write(vector, start, count) {
      const first = offset(start);
      const size = offset(start + count) - first;
      duckdb.list_vector_reserve(vector, size);
      duckdb.list_vector_set_size(vector, size);
      writeListEntries(vector, 0, count, (i) => offset(start + i) - first);
      const child = duckdb.list_vector_get_child(vector);
      const from = values.byteOffset + first * 4;
      duckdb.copy_data_to_vector(child, 0, values.buffer as ArrayBuffer, from, size * 4);
    },
  };
}
