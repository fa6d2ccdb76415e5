import { open } from 'node:fs/promises';
import { runDotCommand } from '../dot/runDotCommand.ts';
import { packagedScript } from './packagedScript.ts';
import { runSql } from './runSql.ts';
import type { Shell } from './shell.ts';
import { StatementReader } from './statementReader.ts';

/** Runs one line of a script, or collects it until its statement is whole. `remember` gets what will run. */
export async function runLine(
  shell: Shell,
  reader: StatementReader,
  line: string,
  remember: (command: string) => void = () => {},
): Promise<void> {
  if (reader.isEmpty && line.startsWith('.')) {
    remember(line);
    return runDotCommand(shell, line);
  }
  if (reader.isEmpty && line.startsWith('#')) return;
  const sql = await reader.add(line);
  if (sql === undefined) return;
  remember(sql);
  await runSql(shell, sql);
}

/**
 * Runs a script line by line, dot commands between statements; the last semicolon may be left out. As in
 * DuckDB's shell an error ends a file, and what is piped in goes on: `bail` is what holds unless `.bail` says
 * otherwise. Without it, as in the interactive shell, an error ends nothing.
 */
export async function runLines(shell: Shell, lines: AsyncIterable<string>, bail?: boolean): Promise<void> {
  const reader = new StatementReader(shell);
  const errors = shell.errorCount;
  const isEndedByError = (): boolean => shell.errorCount > errors && (shell.settings.bail ?? bail!);
  const isOver = (): boolean => shell.isOver || (bail !== undefined && isEndedByError());
  for await (const line of lines) {
    await runLine(shell, reader, line);
    if (isOver()) return;
  }
  const rest = reader.take();
  if (rest !== '') await runSql(shell, rest);
}

/** Runs a script file; `nearduck:NAME` is one of this package. @throws when it cannot be opened. */
export async function runFile(shell: Shell, path: string): Promise<void> {
  const file = await open(packagedScript(path) ?? path);
  await runLines(shell, file.readLines(), true);
}

/** Runs the text of `-c`: a dot command, or statements. */
export async function runCommand(shell: Shell, text: string): Promise<void> {
  await (text.startsWith('.') ? runDotCommand(shell, text) : runSql(shell, text));
}
