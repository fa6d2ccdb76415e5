import { PassThrough, Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { ProgressLine } from '../../src/cli/progressLine.ts';
import { Output } from '../../src/cli/shell/output.ts';
import { runFile, runLines } from '../../src/cli/shell/runLines.ts';
import { defaultSettings, type ShellSettings } from '../../src/cli/shell/settings.ts';
import { Shell } from '../../src/cli/shell/shell.ts';
import type { CliResult } from './runCli.ts';

/** Runs a script as if it were piped into the command, without starting a process. */
export async function runScript(
  script: string,
  { width, ...settings }: Partial<ShellSettings> & { width?: number } = {},
): Promise<CliResult> {
  const stdout = new PassThrough();
  const shown = text(stdout);
  let stderr = '';
  await using shell = await Shell.start({
    session: {},
    settings: { ...defaultSettings(), ...settings },
    output: new Output(stdout),
    progress: new ProgressLine({ stream: { write: () => true } }),
    stderr: { write: (line: string) => (stderr += line) },
    runFile,
    terminalWidth: () => width,
  });
  await runLines(shell, createInterface({ input: Readable.from([script]), crlfDelay: Infinity }), false);
  shell.output.restore();
  stdout.end();
  return { code: shell.exitCode, stdout: await shown, stderr };
}
