import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Shell } from '../shell/shell.ts';
import { runSql } from '../shell/runSql.ts';
import { command, type DotCommand, WrongUsage } from './dotCommand.ts';

/** Prints the first column of a query over the catalog, one row per line; `?` is the LIKE pattern. */
async function printNames(shell: Shell, sql: string, args: readonly string[]): Promise<void> {
  const reader = await shell.connection.runAndReadAll(sql, { pattern: args[0] ?? '%' });
  await shell.output.write(
    reader
      .getRows()
      .map(([text]) => `${String(text)}\n`)
      .join(''),
  );
}

const tables = `
SELECT
    CASE
        WHEN database_name <> current_database() THEN concat_ws('.', database_name, schema_name, name)
        WHEN schema_name <> current_schema() THEN concat_ws('.', schema_name, name)
        ELSE name
    END AS shown
FROM (
    SELECT database_name, schema_name, table_name AS name FROM duckdb_tables() WHERE NOT internal
    UNION ALL
    SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal
)
WHERE name ILIKE $pattern
ORDER BY shown;`;

const schema = `
SELECT sql
FROM sqlite_master
WHERE sql IS NOT NULL AND (name ILIKE $pattern OR tbl_name ILIKE $pattern)
ORDER BY name;`;

const databases = `
SELECT database_name AS name, coalesce(path, '(memory)') AS file, readonly
FROM duckdb_databases()
WHERE NOT internal
ORDER BY name;`;

const otherFormats = /\.(?:parquet|json|jsonl|ndjson)(?:\.gz|\.zst)?$/i;
const arrow = /\.(?:arrow|arrows|feather|ipc)$/i;

/** Commands about what the database holds. */
export const catalogCommands: readonly DotCommand[] = [
  command('databases', 'List names and files of attached databases', (shell) => runSql(shell, databases)),
  command('schema ?PATTERN?', 'Show the CREATE statements matching PATTERN', (shell, args) =>
    printNames(shell, schema, args),
  ),
  command('tables ?TABLE?', 'List names of tables matching LIKE pattern TABLE', (shell, args) =>
    printNames(shell, tables, args),
  ),
  command('import ?--csv? ?--skip N? FILE TABLE', 'Import data from FILE into TABLE', importFile, {
    completes: 'path',
  }),
];

/** Appends a file to a table, or creates it. Files of unknown formats are read as CSV. */
async function importFile(shell: Shell, args: readonly string[]): Promise<void> {
  const words = [...args];
  const options = { csv: false, skip: 0 };
  while (words[0]?.startsWith('-')) {
    const option = words.shift()!.replace(/^--?/, '');
    if (option === 'csv') options.csv = true;
    else if (option === 'skip' && /^\d+$/.test(words[0] ?? '')) options.skip = Number(words.shift());
    else throw new WrongUsage();
  }
  const [file, table, ...rest] = words;
  if (file === undefined || table === undefined || rest.length > 0) throw new WrongUsage();
  const { connection } = shell;
  const found = await connection.runAndReadAll(
    'FROM duckdb_tables() WHERE table_name = $table AND schema_name = current_schema() AND ' +
      'database_name = current_database()',
    { table },
  );
  const target = quotedIdentifier(table);
  const source = sourceOf(file, options);
  await runSql(
    shell,
    found.currentRowCount > 0
      ? `INSERT INTO ${target} FROM ${source}`
      : `CREATE TABLE ${target} AS FROM ${source}`,
  );
}

function sourceOf(file: string, { csv, skip }: { csv: boolean; skip: number }): string {
  const path = quotedString(file);
  if (skip > 0) return `read_csv(${path}, skip = ${skip})`;
  if (csv || !(otherFormats.test(file) || arrow.test(file))) return `read_csv(${path})`;
  return arrow.test(file) ? `read_arrow(${path})` : path;
}
