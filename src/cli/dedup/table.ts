import type { Session } from '../../session/session.ts';
import { box } from '../modes/box.ts';

/** The rows of a query, as the shell shows them in a box. */
export async function tableText({ connection }: Session, sql: string): Promise<string> {
  const result = await connection.runAndReadAll(sql);
  const renderer = box(
    { names: result.columnNames(), types: result.columnTypes() },
    { headers: true, nullValue: 'NULL', maxRows: 100, maxWidth: 0, table: '', timeZone: 'UTC' },
  );
  const rows = result.getRows();
  return renderer.begin() + renderer.rows({ rowCount: rows.length, getRows: () => rows }) + renderer.end();
}
