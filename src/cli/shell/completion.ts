import type { DuckDBConnection } from '@duckdb/node-api';
import { dotCommands } from '../dot/commands.ts';

/** What the tab key may insert, and the end of the text it replaces. */
export type Completions = [candidates: string[], replaced: string];

/** Completes dot commands, and in SQL what DuckDB's own completion knows: keywords, tables, columns, functions. */
export async function complete(
  connection: DuckDBConnection,
  before: string,
  line: string,
): Promise<Completions> {
  if (before === '' && line.startsWith('.')) {
    const names = dotCommands.map(({ name }) => `.${name} `);
    return [names.filter((name) => name.startsWith(line)), line];
  }
  const text = before + line;
  const reader = await connection.runAndReadAll(
    'SELECT suggestion, suggestion_start FROM sql_auto_complete($1)',
    [text],
  );
  const rows = reader.getRows() as [string, number][];
  const replaced = fromByte(text, rows[0]?.[1] ?? Buffer.byteLength(text));
  // DuckDB also suggests words that are merely similar, which a line editor cannot put in place of a beginning
  const start = replaced.toLowerCase();
  const candidates = rows
    .map(([suggestion]) => suggestion)
    .filter((word) => word.toLowerCase().startsWith(start));
  return [[...new Set(candidates)], replaced];
}

/** DuckDB counts in bytes of UTF-8. */
function fromByte(text: string, start: number): string {
  return Buffer.from(text).subarray(start).toString();
}
