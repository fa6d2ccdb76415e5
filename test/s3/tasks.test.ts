import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ended, Harness, type CliResult } from './harness.ts';

const parts = inject('parts');

describe.skipIf(parts === undefined)('a run in tasks on S3', () => {
  let s3: Harness;
  const run = 's3://bucket/run';
  const shell = (sql: string): Promise<CliResult> => s3.run(['-csv', '-noheader', '-c', sql]);
  const task = (...args: string[]): Promise<CliResult> => s3.run(['task', run, ...args]);
  const what = [
    's3://bucket/in',
    '--eps',
    '0.02',
    '--clusters',
    '4',
    '--recall',
    '0.95',
    '--backend',
    'cpu',
    '--s3-patience',
    '3',
  ];

  beforeAll(async () => {
    s3 = await Harness.start(parts!);
    const vector = `list_transform(range(16), lambda j: hash(i // 3 * 32 + j) / 1.8e19 - 0.5 + 0.1 * (hash(i * 32 + j) / 1.8e19 - 0.5))::FLOAT[]`;
    const made = await shell(
      `COPY (SELECT i AS id, ${vector} AS embedding, i % 3 AS part FROM range(3000) r(i)) TO 's3://bucket/in' (FORMAT parquet, PARTITION_BY (part))`,
    );
    if (made.code !== 0) throw new Error(made.stderr);
  });
  afterAll(() => s3?.stop());

  /** Objects that the tasks of the run wrote, without the ids of the attempts. */
  const objects = (below: string): string[] => s3.objects('run').filter((name) => name.includes(below));

  test('is planned, and its first step is asked for again while the store fails', async () => {
    const planned = await s3.run(['plan', ...what, '--tasks', '3', '--output', run]);
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(await s3.run(['plan', ...what, '--tasks', '3', '--output', run])).toMatchObject({
      code: 0,
      stdout: planned.stdout,
    });
    expect(objects('')).toEqual(['run/run.json']);
    expect(await task('assign', '--index', '0')).toMatchObject({
      code: 75,
      stderr: 'assign 0 waits for step fit: 0 of 1 tasks are done\n',
    });
    for (const fault of ['slow down', 'reset', 'forbidden'] as const) {
      s3.proxy.reset([{ match: /^PUT .*fit/, fault }]);
      const failed = await task('fit');
      s3.proxy.reset();
      expect([fault, failed.code, failed.stdout, failed.stderr]).toEqual([
        fault,
        fault === 'forbidden' ? 1 : 75,
        '',
        expect.stringMatching(/fit/),
      ]);
      expect((await s3.run(['status', run])).stdout).toContain('next: fit, array 0');
    }
    expect(await task('fit')).toMatchObject({ code: 0, stderr: '' });
    expect(objects('fit/0.json').length).toBe(1);
  });

  test('of runs that are planned at once in one folder one is, and the others say so', async () => {
    const at = (tasks: string): Promise<CliResult> =>
      s3.run(['plan', ...what, '--tasks', tasks, '--output', 's3://bucket/race']);
    const plans = await Promise.all(['2', '3', '4', '2'].map(at));
    const winners = plans.filter(({ code }) => code === 0);
    expect(new Set(winners.map(({ stdout }) => stdout)).size).toBe(1);
    for (const { code, stderr } of plans)
      expect(stderr).toBe(
        code === 0
          ? ''
          : `IO Error: plan: 's3://bucket/race' contains another run: it has another number of tasks; choose another folder\n`,
      );
    expect(s3.objects('race')).toEqual(['race/run.json']);
    const [won] = winners;
    expect(await at(['2', '3', '4', '2'][plans.indexOf(won)])).toMatchObject({ code: 0, stdout: won.stdout });
  });

  test('tasks that are killed, run twice and run at once', async () => {
    s3.proxy.reset([{ match: /^PUT .*labels\.parquet/, fault: 'hang' }]);
    const killed = s3.spawn(['task', run, 'assign', '--index', '1']);
    const end = ended(killed);
    while (objects('/rows.parquet').length === 0 && killed.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill('SIGKILL');
    expect((await end).signal).toBe('SIGKILL');
    s3.proxy.reset();
    expect((await s3.run(['status', run])).stdout).toContain('next: assign, array 0-2');
    for (const step of ['assign', 'pairwise']) {
      const all = await Promise.all(['2', '1', '1', '0'].map((index) => task(step, '--index', index)));
      expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(Array.from({ length: 4 }, () => [0, '']));
      expect(await task(step, '--index', '1')).toMatchObject({ stdout: `${step} 1 is done already\n` });
    }
  });

  test('finish, killed and run twice at once, leaves what is complete where run.json says', async () => {
    s3.proxy.reset([{ match: /^PUT .*duplicates/, fault: 'hang' }]);
    const killed = s3.spawn(['task', run, 'finish']);
    const end = ended(killed);
    while (objects('/pairwise_results/').length === 0 && killed.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill('SIGKILL');
    await end;
    s3.proxy.reset();
    expect((await s3.run(['status', run])).stdout).toContain('next: finish, array 0');
    const both = await Promise.all([task('finish'), task('finish')]);
    expect(both.map(({ code, stderr }) => [code, stderr])).toEqual(Array.from({ length: 2 }, () => [0, '']));
    for (const { stdout } of both)
      expect(stdout).toContain(`aws s3 rm --recursive 's3://bucket/run/.nearduck/tasks'`);
    const { stdout } = await s3.run(['status', run]);
    const [, results] = /^done: finished at \S+, results in (s3:\S+)\/$/m.exec(stdout)!;
    expect(await task('finish')).toMatchObject({ code: 0, stdout: 'finish is done already\n' });
    const whole = 's3://bucket/whole';
    expect(await s3.run(['dedup', ...what, '--output', whole])).toMatchObject({ code: 0 });
    for (const name of ['kmeans_results', 'pairwise_results', 'duplicates']) {
      const [a, b] = [results, whole].map((output) => `(FROM '${output}/${name}/*.parquet')`);
      const compared = await shell(
        `SELECT (SELECT count(*) FROM ${a}) > 500, (SELECT count(*) FROM (FROM ${a} EXCEPT ALL FROM ${b})), (SELECT count(*) FROM (FROM ${b} EXCEPT ALL FROM ${a}))`,
      );
      expect(compared.stdout).toBe('true,0,0\n');
    }
    // The killed attempt has no run.json.
    const complete = objects('results-').filter((name) => name.endsWith('/run.json'));
    expect(complete.length).toBe(2);
    expect(complete.some((name) => `s3://bucket/${name}` === `${results}/run.json`)).toBe(true);
  });
});
