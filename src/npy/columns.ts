import { ARRAY, BIGINT, FLOAT } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { writeBytes } from '../arrow/read/values/values.ts';
import type { ResultColumn } from '../columns/resultColumn.ts';
import { NearduckError } from '../errors.ts';
import type { ArrayRows } from './rows.ts';

/** The numbers of the rows, from `first` on. */
export const rowColumn = (first: number): ResultColumn => ({
  type: BIGINT,
  write(vector, start, count) {
    // The two halves of each number: many times as fast as making a bigint.
    const words = new Uint32Array(2 * count);
    for (let i = 0; i < count; i++) {
      words[2 * i] = first + start + i;
      words[2 * i + 1] = Math.floor((first + start + i) / 2 ** 32);
    }
    writeBytes(vector, 0, new Uint8Array(words.buffer));
  },
});

/** The rows of arrays one after the other, read as DuckDB scans them. */
export function embeddingColumn(arrays: readonly ArrayRows[], dim: number): ResultColumn {
  const starts: number[] = [];
  let rows = 0;
  for (const array of arrays) {
    starts.push(rows);
    rows += array.rows;
  }
  return {
    type: ARRAY(FLOAT, dim),
    write(vector, start, count) {
      const child = duckdb.array_vector_get_child(vector);
      let at = 0;
      const sink = (values: Float32Array): void => {
        writeBytes(child, at, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        at += values.byteLength;
      };
      const end = start + count;
      // Empty arrays begin where the next one does.
      for (
        let i = starts.findLastIndex((first) => first <= start);
        i < arrays.length && starts[i] < end;
        i++
      ) {
        const first = Math.max(start - starts[i], 0);
        const taken = Math.min(end - starts[i], arrays[i].rows) - first;
        if (taken > 0) unwrapped(() => arrays[i].read(first, taken, sink));
      }
    },
  };
}

/** DuckDB puts its own `Invalid Input Error:` in front of what is thrown while it scans. */
function unwrapped(body: () => void): void {
  try {
    body();
  } catch (error) {
    throw error instanceof NearduckError ? new Error(error.detail, { cause: error }) : error;
  }
}
