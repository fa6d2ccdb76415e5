import { quotedIdentifier } from '@duckdb/node-api';
import type { Column } from '../columns/column.ts';
import { invalidInputError } from '../errors.ts';

/** The ids of rows. */
export interface IdRows {
  readonly ids: Column;
  /** What must be unique (ids, or what their collation compares), and its hashes. */
  readonly unique: { readonly keys: Column; readonly hashes: BigUint64Array };
  readonly rowCount: number;
}

/**
 * Checks the ids of column `id`: every row must have one, and no two rows the same.
 * @throws NearduckError (Invalid Input Error), which names the first five invalid ids.
 */
export function checkIds(functionName: string, id: string, { ids, unique, rowCount }: IdRows): void {
  const column = quotedIdentifier(id);
  let nulls = 0;
  for (let row = 0; row < rowCount; row++) if (ids.isNull(row)) nulls++;
  if (nulls > 0) {
    throw invalidInputError(
      `${functionName}: id column ${column} is NULL in ${nulls} of ${rowCount} rows; filter them out or ` +
        'number the rows',
    );
  }
  const repeated = repeatedRows(unique.keys, unique.hashes);
  if (repeated.length === 0) return;
  const names = repeated.slice(0, 5).map((row) => ids.text(row));
  throw invalidInputError(
    `${functionName}: id column ${column} must be unique, but ${repeated.length} ` +
      `${repeated.length === 1 ? 'id occurs' : 'ids occur'} ` +
      `more than once${unique.keys === ids ? '' : ' by their collation'}: ` +
      `${names.join(', ')}${repeated.length > 5 ? ', …' : ''}; removing rows by id would drop the kept ` +
      'one too',
  );
}

/** One row per id that occurs more than once, in order. */
function repeatedRows(ids: Column, hashes: BigUint64Array): number[] {
  const sorted = hashes.slice().sort();
  const suspects = new Set<bigint>();
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) suspects.add(sorted[i]);
  if (suspects.size === 0) return [];
  const rows: number[] = [];
  for (let row = 0; row < hashes.length; row++) if (suspects.has(hashes[row])) rows.push(row);
  rows.sort((a, b) => ids.compare(a, b));
  return rows.filter(
    (row, i) => i > 0 && ids.equals(row, rows[i - 1]) && (i < 2 || !ids.equals(row, rows[i - 2])),
  );
}
