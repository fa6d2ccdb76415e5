import { open } from 'node:fs/promises';
import { runDotCommand } from '../dot/runDotCommand.ts';
import { runSql } from './runSql.ts';
import type { Shell } from './shell.ts';
import { StatementReader } from './statementReader.ts';

/** Runs one line of a script, or collects it until its statement is whole. */
export async function runLine(shell: Shell, reader: StatementReader, line: string): Promise<void> {
  if (reader.isEmpty && line.startsWith('.')) return runDotCommand(shell, line);
  if (reader.isEmpty && line.startsWith('#')) return;
  const sql = await reader.add(line);
  if (sql !== undefined) await runSql(shell, sql);
}

/** Runs a script line by line, dot commands between statements; the last semicolon may be left out. */
export async function runLines(shell: Shell, lines: AsyncIterable<string>): Promise<void> {
  const reader = new StatementReader(shell.connection);
  for await (const line of lines) {
    await runLine(shell, reader, line);
    if (shell.isOver) return;
  }
  const rest = reader.take();
  if (rest !== '') await runSql(shell, rest);
}

/** Runs a script file. @throws when it cannot be opened. */
export async function runFile(shell: Shell, path: string): Promise<void> {
  const file = await open(path);
  await runLines(shell, file.readLines());
}

/** Runs the text of `-c`: a dot command, or statements. */
export async function runCommand(shell: Shell, text: string): Promise<void> {
  await (text.startsWith('.') ? runDotCommand(shell, text) : runSql(shell, text));
}
