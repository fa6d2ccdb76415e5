import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';
import { runNearduck } from '../../src/cli/nearduck.ts';
import { emptyDirectory, type CliResult } from './runCli.ts';

/** Runs the command like `runCli`, but in this process, which saves the start of one. Calls must not overlap. */
export async function runHere(
  args: readonly string[],
  input = '',
  directory = emptyDirectory(),
): Promise<CliResult> {
  const streams = { stdin: Readable.from([input]), stdout: new PassThrough(), stderr: new PassThrough() };
  const written = Promise.all([text(streams.stdout), text(streams.stderr)]);
  const spies = (['stdin', 'stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process, name, 'get').mockReturnValue(streams[name] as never),
  );
  const folder = process.cwd();
  vi.stubEnv('HOME', directory);
  process.chdir(directory);
  try {
    const code = await runNearduck(args);
    streams.stdout.end();
    streams.stderr.end();
    const [stdout, stderr] = await written;
    return { code, stdout, stderr };
  } finally {
    process.chdir(folder);
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
