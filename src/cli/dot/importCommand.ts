import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { runSql } from '../shell/runSql.ts';
import { type DotCommand, WrongUsage } from './dotCommand.ts';

const otherFormats = /\.(?:parquet|json|jsonl|ndjson)(?:\.gz|\.zst)?$/i;
const arrow = /\.(?:arrow|arrows|feather|ipc)$/i;

/** `.import FILE TABLE`: appends to a table, or creates it. Files of unknown formats are read as CSV. */
export const importCommand: DotCommand = {
  name: 'import',
  parameters: '?--csv? ?--skip N? FILE TABLE',
  description: 'Import data from FILE into TABLE',
  completes: 'path',
  run: async (shell, args) => {
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
  },
};

function sourceOf(file: string, { csv, skip }: { csv: boolean; skip: number }): string {
  const path = quotedString(file);
  if (skip > 0) return `read_csv(${path}, skip = ${skip})`;
  if (csv || !(otherFormats.test(file) || arrow.test(file))) return `read_csv(${path})`;
  return arrow.test(file) ? `read_arrow(${path})` : path;
}
