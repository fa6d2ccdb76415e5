import { vi } from 'vitest';
import { runShell } from '../../src/cli/runShell.ts';
import { emptyDirectory, type CliResult } from './runCli.ts';

interface Verb {
  run(args: readonly string[]): Promise<number>;
}

const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  dedup: () => import('../../src/cli/dedup.ts'),
  plan: () => import('../../src/cli/plan.ts'),
  status: () => import('../../src/cli/status.ts'),
  submit: () => import('../../src/cli/submit.ts'),
  task: () => import('../../src/cli/task.ts'),
};

/**
 * Runs the command like `runCli`, but in this process and without standard input, which saves the start of a
 * process. Calls must not overlap.
 */
export async function runHere(
  args: readonly string[],
  input = '',
  directory = emptyDirectory(),
): Promise<CliResult> {
  if (input !== '') throw new Error('runHere has no standard input');
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text, ...more: unknown[]) => {
      written[name] += String(text);
      const done = more.at(-1);
      if (typeof done === 'function') done();
      return true;
    }),
  );
  const folder = process.cwd();
  vi.stubEnv('HOME', directory);
  process.chdir(directory);
  try {
    const [verb, ...rest] = args;
    const isVerb = Object.hasOwn(verbs, verb);
    return { code: isVerb ? await (await verbs[verb]()).run(rest) : await runShell(args), ...written };
  } finally {
    process.chdir(folder);
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
