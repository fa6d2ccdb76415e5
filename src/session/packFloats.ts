import { BLOB, DuckDBScalarFunction, FLOAT, LIST, type DuckDBConnection } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { columnVector, isValid, validityBits, vectorHandle, writeNulls } from '../columns/native.ts';
import { freeBuffer } from '../threads/freeBuffer.ts';

/**
 * Registers `pack_floats(FLOAT[])`, which returns the elements as a BLOB of little-endian float32 values.
 * Table functions accept such a BLOB as an embedding. Parquet encodes a list element by element, which takes
 * ten times as long. A NULL list and a list that contains NULL return NULL.
 */
export function registerPackFloats(connection: DuckDBConnection): void {
  const pack = DuckDBScalarFunction.create({
    name: 'pack_floats',
    returnType: BLOB,
    parameterTypes: [LIST(FLOAT)],
    specialHandling: true,
    mainFunction: (_info, chunk, output) => {
      const count = chunk.rowCount;
      const vector = columnVector(chunk, 0);
      const validity = validityBits(vector, count);
      const entries = duckdb.vector_get_data(vector, count * 16);
      const words = new Uint32Array(entries.buffer, entries.byteOffset, count * 4);
      const child = duckdb.list_vector_get_child(vector);
      const size = duckdb.list_vector_get_size(vector);
      const elements = size > 0 ? validityBits(child, size) : undefined;
      const bytes = size > 0 ? duckdb.vector_get_data(child, size * 4) : new Uint8Array(0);
      const target = vectorHandle(output);
      const isNull = (row: number): boolean => {
        if (!isValid(validity, row)) return true;
        if (!elements) return false;
        for (let i = words[4 * row]; i < words[4 * row] + words[4 * row + 2]; i++)
          if (!isValid(elements, i)) return true;
        return false;
      };
      for (let row = 0; row < count; row++) {
        if (isNull(row)) continue;
        const start = words[4 * row] * 4;
        const packed = bytes.subarray(start, start + words[4 * row + 2] * 4);
        duckdb.vector_assign_string_element_len(target, row, packed);
      }
      writeNulls(target, count, isNull);
      freeBuffer(bytes.buffer as ArrayBuffer);
      freeBuffer(entries.buffer as ArrayBuffer);
    },
  });
  connection.registerScalarFunction(pack);
}
