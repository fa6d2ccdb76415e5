import { DuckDBConnection } from '@duckdb/node-api';
import { modes, type ModeName } from '../../src/cli/modes/modes.ts';
import type { RenderSettings } from '../../src/cli/modes/renderer.ts';

const defaults: RenderSettings = {
  headers: true,
  nullValue: 'NULL',
  maxRows: 40,
  maxWidth: Number.MAX_SAFE_INTEGER,
  timeZone: 'UTC',
};

/** The output of a query in a mode. */
export async function render(
  mode: ModeName,
  sql: string,
  settings: Partial<RenderSettings> = {},
): Promise<string> {
  const connection = await DuckDBConnection.create();
  const result = await connection.stream(sql);
  const columns = { names: result.columnNames(), types: result.columnTypes() };
  const renderer = modes[mode].mode(columns, { ...defaults, ...settings });
  let text = renderer.begin?.() ?? '';
  for await (const chunk of result) text += renderer.rows(chunk);
  text += renderer.end?.() ?? '';
  connection.closeSync();
  return text;
}
