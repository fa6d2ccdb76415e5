import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { quotedIdentifier, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal, ioRefusal } from '../../shell/refusal.ts';
import { didYouMean } from '../../../text/suggestions.ts';
import { type InputFile, localFile } from './inputFile.ts';
import { isLocalName } from './paths.ts';

const EXTENSION = /\.(?:duckdb|ddb|db)$/i;
/** Every DuckDB file has this at byte 8. */
const [MAGIC, MAGIC_AT] = ['DUCK', 8];

/** Returns true when a path has the extension of a DuckDB file. */
export const isDatabase = (path: string): boolean => EXTENSION.test(path) && isLocalName(path);

/** A DuckDB file and its write-ahead log. */
export const databaseFiles = (path: string): InputFile[] =>
  [path, `${path}.wal`].filter((file) => existsSync(file)).map(localFile);

/** The name that DuckDB gives to an attached file; views in the file may use it. */
const databaseName = (path: string): string => basename(path).replace(/\..*$/, '');

/**
 * Attaches a DuckDB file read-only, and returns the full name of its table or view `table`.
 * @throws NearduckError (IO Error) for another file, (Binder Error) with the names of the tables when there
 * is no such table.
 */
export async function attachTable(
  connection: DuckDBConnection,
  path: string,
  table: string | undefined,
): Promise<string> {
  if (!hasMagic(path)) throw ioRefusal(`'${path}' is not a DuckDB database`);
  const name = databaseName(path);
  if (!isFreeName(name))
    throw binderRefusal(
      `'${path}' cannot be attached as "${name}"; give the file, or a link to it, another name`,
    );
  await connection.run(`ATTACH IF NOT EXISTS ${quotedString(path)} AS ${quotedIdentifier(name)} (READ_ONLY)`);
  const reader = await connection.runAndReadAll(
    `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ${quotedString(name)}
     UNION ALL
     SELECT schema_name, view_name FROM duckdb_views()
      WHERE database_name = ${quotedString(name)} AND NOT internal
     ORDER BY ALL`,
  );
  const tables = reader.getRows().map(([schema, own]) => ({ schema: String(schema), own: String(own) }));
  const texts = tables.map(({ schema, own }) => (schema === 'main' ? own : `${schema}.${own}`));
  const wanted = table?.toLowerCase();
  // The full name first: it distinguishes tables of several schemas.
  const at = [
    texts.findIndex((text) => text.toLowerCase() === wanted),
    tables.findIndex(({ schema, own }) => `${schema}.${own}`.toLowerCase() === wanted),
  ].find((index) => index >= 0);
  if (at !== undefined) {
    const names = [name, tables[at].schema, tables[at].own];
    if (names.join('').includes('"'))
      throw binderRefusal(
        `table "${texts[at]}" has a quote in its name; make a view of it with another name`,
      );
    return names.map(quotedIdentifier).join('.');
  }
  const list = texts.map((text) => `"${text}"`).join(', ') || 'none';
  throw binderRefusal(
    table === undefined
      ? `'${path}' is a DuckDB database; name the table to read with --table; its tables are ${list}`
      : `'${path}' has no table "${table}"; its tables are ${list}${hint(table, texts)}`,
  );
}

/** False for what DuckDB calls databases of its own, and for quotes, which its function query_table drops. */
const isFreeName = (name: string): boolean => !/^(?:memory|temp|system|)$|"/i.test(name);

function hint(table: string, texts: readonly string[]): string {
  const near = didYouMean(table, texts);
  return near === '' ? '' : `. ${near}`;
}

function hasMagic(path: string): boolean {
  const bytes = Buffer.alloc(MAGIC.length);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, MAGIC_AT);
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString('latin1') === MAGIC;
}
