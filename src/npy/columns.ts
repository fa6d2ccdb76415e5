import { ARRAY, BIGINT, FLOAT } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { writeBytes } from '../columns/native.ts';
import { RowParts } from '../columns/parts.ts';
import type { ResultColumn } from '../columns/resultColumn.ts';
import type { ArrayRows } from './rows.ts';

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
