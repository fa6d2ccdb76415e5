import type { Session } from '../../session/session.ts';
import { duckbox } from '../modes/duckbox/duckbox.ts';

const MAX_ROWS = 1000;

/** The rows of a query, as the shell shows them. */
export async function tableText({ connection }: Session, sql: string): Promise<string> {
  const result = await connection.runAndReadAll(sql);
  const renderer = duckbox(
    { names: result.columnNames(), types: result.columnTypes() },
    { headers: true, nullValue: 'NULL', maxRows: MAX_ROWS, maxWidth: 0, timeZone: 'UTC' },
  );
  const rows = result.getRows();
  return renderer.rows({ rowCount: rows.length, getRows: () => rows }) + renderer.end!();
}
