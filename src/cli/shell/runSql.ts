import { type DuckDBResult, ResultReturnType, StatementType } from '@duckdb/node-api';
import { BrokenPipe } from './output.ts';
import type { Shell } from './shell.ts';
import type { Connection } from '../../connection/connection.ts';
import type { ProgressLine } from '../progressLine.ts';
import { interruptError } from '../../errors.ts';
import { explain } from '../modes/explain.ts';

/** Runs the statements of a text in order and prints their rows; the first error ends it. */
export async function runSql(shell: Shell, sql: string): Promise<void> {
  shell.beginCommand();
  if (shell.settings.echo) await shell.output.write(`${sql.trim()}\n`);
  const elapsed = startTimer();
  const endWatch = watchQuery(shell.connection, shell.progress);
  try {
    for await (const { statementType, result } of shell.connection.statements(sql)) {
      await renderResult(shell, statementType, result);
    }
  } catch (error) {
    if (error instanceof BrokenPipe) throw error;
    shell.fail(error);
  } finally {
    endWatch();
    shell.endCommand();
  }
  if (shell.settings.timer) shell.notice(elapsed());
}

/** Starts a timer. The returned function formats the elapsed and CPU time as DuckDB does. */
function startTimer(): () => string {
  const start = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  return () => {
    const real = Number(process.hrtime.bigint() - start) / 1e9;
    const { user, system } = process.cpuUsage(cpu);
    return (
      `Run Time (s): real ${real.toFixed(3)} user ${(user / 1e6).toFixed(6)} sys ` +
      `${(system / 1e6).toFixed(6)}`
    );
  };
}

/** Milliseconds. */
const INTERVAL_MS = 200;
/** Milliseconds that a statement, or nearduck's own function in it, tells nothing before DuckDB is asked. */
const DRAW_AFTER_MS = 1000;

/** Shows DuckDB's progress while no function of nearduck shows its own. Returns what ends it. */
export function watchQuery(connection: Pick<Connection, 'progress'>, progress: ProgressLine): () => void {
  if (!progress.isShown) return () => {};
  const start = performance.now();
  let isDrawn = false;
  const timer = setInterval(() => {
    if (performance.now() - start < DRAW_AFTER_MS || (progress.idle < DRAW_AFTER_MS && !isDrawn)) return;
    const { rows_processed: done, total_rows_to_process: total } = connection.progress;
    // Some sources, such as range(), report their size but no progress.
    isDrawn = done > 0n;
    if (isDrawn) progress.update({ step: 'query', done: Number(done), total: Number(total) });
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

/** Writes the rows of one statement in the shell's mode, chunk by chunk. */
async function renderResult(shell: Shell, statementType: StatementType, result: DuckDBResult): Promise<void> {
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
