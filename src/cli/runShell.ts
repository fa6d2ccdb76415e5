import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type Invocation, UsageError, parseArguments, usage, type Action } from './options/options.ts';
import { endBySignal } from './endBySignal.ts';
import { ProgressLine } from './progressLine.ts';
import { errorText, printable } from './shell/errorText.ts';
import { BrokenPipe, Output } from './shell/output.ts';
import { runFile, runCommand, runLines } from './shell/runLines.ts';
import { defaultSettings } from './shell/settings.ts';
import { Shell, type ShellParts } from './shell/shell.ts';
import { versionText } from './versions.ts';
import { runInteractive } from './terminal/interactive.ts';
import { runSql } from './shell/runSql.ts';

/** The exit code that a shell reports for a program ended by a closed pipe: 128 + SIGPIPE. */
const brokenPipeCode = 141;

/** Runs `nearduck [OPTIONS] [DATABASE]` and returns its exit code. */
export async function runShell(args: readonly string[]): Promise<number> {
  const output = new Output(process.stdout);
  const progress = new ProgressLine({ stream: process.stderr });
  try {
    const invocation = parseArguments(args);
    if (invocation.show) {
      await output.write(invocation.show === 'help' ? usage() : `${await versionText()}\n`);
      await output.finish();
      return 0;
    }
    const code = await openAndRun(invocation, output, progress);
    await output.finish();
    return code;
  } catch (error) {
    if (error instanceof BrokenPipe) return brokenPipeCode;
    progress.clear();
    process.stderr.write(`${errorText(error)}\n${error instanceof UsageError ? '\n' : ''}`);
    return 1;
  } finally {
    output.restore();
  }
}

async function openAndRun(invocation: Invocation, output: Output, progress: ProgressLine): Promise<number> {
  const { database, session, readStdin } = invocation;
  const settings = defaultSettings();
  settings.interactive = readStdin && (invocation.interactive ?? process.stdin.isTTY === true);

  const onNotice = (text: string): void => {
    progress.clear();
    process.stderr.write(`${printable(text)}\n`);
  };
  const parts: ShellParts = {
    settings,
    output,
    progress,
    stderr: process.stderr,
    session: { ...session, onProgress: progress.update, onNotice },
    runFile,
    terminalWidth: () => (process.stdout.isTTY ? process.stdout.columns : undefined),
  };
  await using shell = await Shell.start(parts, database);

  const interrupt = (): void => {
    if (shell.isStuck || (shell.interrupted && !settings.interactive)) endBySignal('SIGINT');
    shell.interrupt();
  };
  process.on('SIGINT', interrupt);
  try {
    await runInvocation(shell, invocation, process.stdin);
  } finally {
    process.off('SIGINT', interrupt);
    shell.endCommand();
  }
  return shell.exitCode;
}

/** Runs the init file, the actions of the command line in order, then the standard input. */
async function runInvocation(shell: Shell, invocation: Invocation, stdin: Readable): Promise<void> {
  await runInitFile(shell, invocation.initFile);
  if (shell.isOver) return;
  for (const action of invocation.actions) {
    await perform(shell, action);
    if (shell.isOver || (shell.failed && (shell.settings.bail ?? true))) return;
  }
  if (!invocation.readStdin) return;
  if (shell.settings.interactive) await runInteractive(shell, stdin);
  else await runLines(shell, createInterface({ input: stdin, crlfDelay: Infinity }), false);
}

async function perform(shell: Shell, action: Action): Promise<void> {
  switch (action.kind) {
    case 'change':
      Object.assign(shell.settings, action.settings);
      break;
    case 'run':
      await runCommand(shell, action.text);
      break;
    case 'setVariable':
      await runSql(shell, setVariable(action.name, action.value));
      break;
    case 'read':
      if (!(await shell.runFile(action.path))) shell.fail(`IO Error: Failed to open file "${action.path}"`);
      break;
  }
}

async function runInitFile(shell: Shell, initFile: string | null | undefined): Promise<void> {
  if (initFile === null) return;
  const path = initFile ?? join(homedir(), '.nearduckrc');
  const found = await shell.runFile(path);
  if (!found && initFile !== undefined) shell.fail(`IO Error: Failed to open file "${path}"`);
  if (shell.failed) {
    shell.notice(`Encountered errors while executing init file "${path}". Exiting.`);
    shell.exit(1);
  }
}

/** A value with leading zeros is text: an id such as 007 must not change. */
const number = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const keyword = /^(?:null|true|false)$/i;
const stringLiteral = /^'(?:[^']|'')*'$/;

/** The statement for `-set NAME=VALUE`. Numbers, keywords and quoted strings are SQL, all else is text. */
export function setVariable(name: string, value: string): string {
  const isLiteral = number.test(value) || keyword.test(value) || stringLiteral.test(value);
  const literal = isLiteral ? value : quotedString(value);
  return `SET VARIABLE ${quotedIdentifier(name)} = ${literal};`;
}
