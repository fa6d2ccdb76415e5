import { type DuckDBResult, ResultReturnType, StatementType } from '@duckdb/node-api';
import { interruptError } from '../../errors.ts';
import { explain } from '../modes/explain.ts';
import type { Shell } from './shell.ts';

/** Writes the rows of one statement in the shell's mode, chunk by chunk. */
export async function renderResult(
  shell: Shell,
  statementType: StatementType,
  result: DuckDBResult,
): Promise<void> {
  if (result.returnType !== ResultReturnType.QUERY_RESULT) {
    await result.fetchAllChunks();
    if (statementType === StatementType.SET) await shell.readTimeZone();
    return;
  }
  const columns = { names: result.columnNames(), types: result.columnTypes() };
  const mode = statementType === StatementType.EXPLAIN && columns.names.length === 2 ? explain : shell.mode;
  const renderer = mode(columns, shell.renderSettings);
  await write(shell, renderer.begin?.() ?? '');
  for await (const chunk of result) {
    if (shell.interrupted) throw interruptError();
    if (chunk.rowCount > 0) await write(shell, renderer.rows(chunk));
  }
  await write(shell, renderer.end?.() ?? '');
}

async function write(shell: Shell, text: string): Promise<void> {
  if (text === '') return;
  shell.progress.clear();
  await shell.output.write(text);
}
