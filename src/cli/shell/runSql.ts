import { BrokenPipe } from './output.ts';
import { watchQuery } from './queryProgress.ts';
import { renderResult } from './renderResult.ts';
import type { Shell } from './shell.ts';
import { startTimer } from './timer.ts';

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
