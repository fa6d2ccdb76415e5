import { vi } from 'vitest';
import { run as dedup } from '../../src/cli/dedup.ts';
import { emptyDirectory, type CliResult } from './runCli.ts';

/**
 * Runs `nearduck dedup` as `runCli` does, but in this process, which saves its start: for tests of what dedup reads, writes and
 * says, one call after the other.
 */
export async function runHere(
  [verb, ...args]: readonly string[],
  input = '',
  directory = emptyDirectory(),
): Promise<CliResult> {
  if (verb !== 'dedup' || input !== '') throw new Error(`runHere runs dedup without input, not ${verb}`);
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const folder = process.cwd();
  vi.stubEnv('HOME', directory);
  process.chdir(directory);
  try {
    return { code: await dedup(args), ...written };
  } finally {
    process.chdir(folder);
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
