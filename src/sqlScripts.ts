import { readFileSync } from 'node:fs';

/** The folder of the workflow scripts and macros. */
export const SQL_DIRECTORY = new URL('../sql/', import.meta.url);

/** The text of `sql/<name>.sql`. */
export const sqlScript = (name: string): string =>
  readFileSync(new URL(`${name}.sql`, SQL_DIRECTORY), 'utf8');

/** The scripts of `sql/macros/`: each may use the macros of those before it. */
const MACRO_SCRIPTS = ['scripts', 'eps', 'review'] as const;

/** The script that creates all macros. */
export const macroScript = (): string => MACRO_SCRIPTS.map((name) => sqlScript(`macros/${name}`)).join('\n');
