// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/**
 * Reads Arrow IPC files and streams (.arrow, .arrows, .feather version 2). Returns the columns of the file; lists and fixed-size lists of numbers as LIST and ARRAY, float16 as FLOAT.
 * @param path a local file, a folder of files, a glob, or a list of these
 */
export function readArrow<Row = Record<string, unknown>>(path: string | readonly string[]): RawBuilder<Row> {
  return tableCall('read_arrow', [], path);
}
