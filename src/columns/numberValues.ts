import type { Column } from './column.ts';

/** The distinct values of a column, numbered from 0 in order of first appearance. NULL counts as a value. */
export interface NumberedValues {
  /** Per row, the number of its value. */
  readonly number: Int32Array;
  /** Per number, the first row that has the value. */
  readonly first: Int32Array;
}

/**
 * Numbers the distinct values of a column. `hashes` holds DuckDB's hash of each row; different values with
 * the same hash get different numbers. Uses a hash table with open addressing and linear probing.
 */
export function numberValues(column: Column, hashes: BigUint64Array): NumberedValues {
  const rows = column.length;
  const words = new Uint32Array(hashes.buffer, hashes.byteOffset, rows * 2);
  const slots = 2 ** Math.ceil(Math.log2(Math.max(2, rows * 2)));
  /** Per slot, the number of its value plus 1; 0 marks an empty slot. */
  const table = new Int32Array(slots);
  const number = new Int32Array(rows);
  const first = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const low = words[2 * row];
    const high = words[2 * row + 1];
    for (let slot = (low ^ (high >>> 7)) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const known = table[slot] - 1;
      if (known < 0) {
        first[count] = row;
        number[row] = count++;
        table[slot] = count;
        break;
      }
      const other = first[known];
      if (words[2 * other] !== low || words[2 * other + 1] !== high || !column.equals(other, row)) continue;
      number[row] = known;
      break;
    }
  }
  return { number, first: first.slice(0, count) };
}
