import { readFileSync } from 'node:fs';

/** The folder of the workflow scripts and macros. */
export const SQL_DIRECTORY = new URL('../sql/', import.meta.url);

/** The text of `sql/<name>.sql`. */
export const sqlScript = (name: string): string =>
  readFileSync(new URL(`${name}.sql`, SQL_DIRECTORY), 'utf8');
