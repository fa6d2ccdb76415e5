import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CliResult } from '../cli/runCli.ts';
import { runHere } from '../cli/runHere.ts';
import { query, unfolded } from './clips.ts';

type Facts = Readonly<Record<string, unknown>>;

export const factsOf = (output: string): Facts =>
  JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as Facts;

/** Runs dedup, and the same options as tasks, in a folder; expects the same of both. Returns the folders of their results. */
export async function expectSameAsDedup(
  folder: string,
  name: string,
  options: readonly string[],
  tasks = 2,
): Promise<{ run: string; whole: string }> {
  const nearduck = (...args: string[]): Promise<CliResult> => runHere(args, '', folder);
  const [run, whole] = [join(folder, `run ${name}`), join(folder, `whole ${name}`)];
  const dedup = await nearduck('dedup', ...options, '--output', whole);
  expect(dedup).toMatchObject({ code: 0 });
  const planned = await nearduck('plan', ...options, '--tasks', String(tasks), '--output', run);
  expect(planned).toMatchObject({ code: 0 });
  const fit = await nearduck('task', run, 'fit');
  expect(fit).toMatchObject({ code: 0 });
  // Runs the remaining tasks.
  const all = await nearduck('task', run);
  expect(all).toMatchObject({ code: 0 });
  const isTask = /^\w+(?: \d+)? is done(?:: .* MiB| already)\n/;
  let summary = all.stdout;
  let lines = 0;
  for (; isTask.test(summary); lines++) summary = summary.replace(isTask, '');
  const { steps } = factsOf(run)['plan'] as { steps: { tasks: number }[] };
  expect(lines).toBe(steps.reduce((sum, step) => sum + step.tasks, -1));
  // No task reads all embeddings, so that no run in tasks checks them: `embeddings`, `health/`.
  const told = (text: string): string[] =>
    unfolded(text)
      .split('\n')
      .filter((line) => !/^(?:files|seconds|embeddings) |(?:run|whole) /.test(line))
      .map((line) => line.replace('  health/', ''));
  expect(told(summary)).toEqual(told(dedup.stdout));
  const { health, ...findings } = factsOf(whole)['findings'] as { health?: unknown };
  expect(health !== undefined).toBe(options.includes('--report'));
  expect(factsOf(run)['findings']).toEqual(findings);
  expect(await nearduck('dedup', ...options, '--output', run, '--resume')).toEqual({
    code: 0,
    stdout: `output folder '${run}' has the results of this run already\n`,
    stderr: expect.any(String) as string,
  });
  for (const fact of ['backends', 'exported', 'input', 'metadata', 'against'])
    expect(factsOf(run)[fact], fact).toEqual(factsOf(whole)[fact]);
  expect(filesIn(run)).toEqual(filesIn(whole).filter((file) => !file.startsWith('health/')));
  const folders = new Set(filesIn(run).flatMap((file) => /^.*(?=\/[^/]*\.parquet$)/.exec(file) ?? []));
  for (const results of folders) await expectSameRows(`${run}/${results}`, `${whole}/${results}`);
  return { run, whole };
}

const filesIn = (output: string): string[] =>
  readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(output.length + 1))
    .sort();

async function expectSameRows(run: string, whole: string): Promise<void> {
  // The similarity to the kept row is unknown when the two rows were not compared.
  const columns = whole.endsWith('/groups') ? '* EXCLUDE (kept_score)' : '*';
  const [a, b] = [run, whole].map(
    (path) => `(SELECT ${columns} FROM read_parquet('${path}/*.parquet', hive_partitioning := false))`,
  );
  const differing = await query(`
    SELECT
        (SELECT count(*) FROM (FROM ${a} EXCEPT ALL FROM ${b})) AS more,
        (SELECT count(*) FROM (FROM ${b} EXCEPT ALL FROM ${a})) AS fewer`);
  expect(differing, whole).toEqual([{ more: 0n, fewer: 0n }]);
}
