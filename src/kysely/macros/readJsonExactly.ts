// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/**
 * Reads JSON files. Infers the types from all rows; read_json infers them from the first 20,480 rows and may round later values. Returns the columns of the files.
 * @param files a path, a glob or a list of them
 */
export function readJsonExactly<Row = Record<string, unknown>>(
  files: string | readonly string[],
): RawBuilder<Row> {
  return tableCall('read_json_exactly', [], files);
}
