import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';

/** The command as it is installed; `npm test` builds it first. */
export const binary = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty home and working directory, so that no `~/.nearduckrc` is read. */
export const emptyDirectory = (): string => mkdtempSync(join(tmpdir(), 'nearduck-cli-'));

/** Runs the command with `input` on its standard input. */
export async function runCli(
  args: readonly string[],
  input = '',
  directory = emptyDirectory(),
): Promise<CliResult> {
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: directory,
    env: { ...process.env, HOME: directory, TZ: 'UTC' },
  });
  child.stdin.on('error', () => {}); // A command may exit before it reads its input.
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
