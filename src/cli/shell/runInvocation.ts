import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Action, Invocation } from '../options/invocation.ts';
import { setVariable } from '../options/setVariable.ts';
import { runInteractive } from '../terminal/interactive.ts';
import { runCommand, runLines } from './runLines.ts';
import { runSql } from './runSql.ts';
import type { Shell } from './shell.ts';

/** Runs the init file, the actions of the command line in order, then the standard input. */
export async function runInvocation(shell: Shell, invocation: Invocation, stdin: Readable): Promise<void> {
  await shell.begin();
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
