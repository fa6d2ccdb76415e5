import type { SessionOptions } from '../session/session.ts';
import type { Invocation } from './options/invocation.ts';
import { UsageError } from './options/options.ts';
import { parseArguments } from './options/parseArguments.ts';
import { usage } from './options/usage.ts';
import { endBySignal } from './endBySignal.ts';
import { ProgressLine } from './progressLine.ts';
import { errorText, printable } from './shell/errorText.ts';
import { BrokenPipe, Output } from './shell/output.ts';
import { runInvocation } from './shell/runInvocation.ts';
import { runFile } from './shell/runLines.ts';
import { defaultSettings } from './shell/settings.ts';
import { Shell } from './shell/shell.ts';
import { ShellDatabase } from './shell/shellDatabase.ts';
import { versionText } from './versions.ts';

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
  const { database = ':memory:', session, readStdin } = invocation;
  const settings = defaultSettings();
  settings.interactive = readStdin && (invocation.interactive ?? process.stdin.isTTY === true);

  const options: SessionOptions = {
    ...session,
    onProgress: progress.update,
    onNotice(text) {
      progress.clear();
      process.stderr.write(`${printable(text)}\n`);
    },
  };
  await using opened = await ShellDatabase.open(options, database);
  const shell = new Shell({
    settings,
    output,
    progress,
    stderr: process.stderr,
    database: opened,
    runFile,
    terminalWidth: () => (process.stdout.isTTY ? process.stdout.columns : undefined),
  });

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
