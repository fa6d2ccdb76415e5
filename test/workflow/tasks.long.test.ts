import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binary, runCli, type CliResult } from '../cli/runCli.ts';
import { query } from './clips.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearduck-tasks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WHAT = ['in', '--eps', '0.1', '--backend', 'cpu'];

beforeAll(async () => {
  await query(
    `COPY (SELECT i AS id, list_transform(range(16), lambda j: hash(i // 3 * 32 + j) / 1.8e19 - 0.5 + hash(i * 32 + j) / 1e20)::FLOAT[] AS embedding,
                  hash(i) % 100 AS quality, i % 5 AS part
           FROM range(6000) AS t(i)) TO '${folder}/in' (FORMAT parquet, PARTITION_BY (part))`,
  );
});

const nearduck = (...args: string[]): Promise<CliResult> => runCli(args, '', folder);

/** Runs a command with the variables that an engine sets for a task. */
function asTask(environment: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: '/',
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

async function expectSame(run: string, whole: string, pairs = 'true'): Promise<void> {
  for (const name of ['kmeans_results', 'pairwise_results', 'duplicates']) {
    const where = name === 'pairwise_results' ? pairs : 'true';
    const [a, b] = [run, whole].map(
      (output) => `(FROM '${folder}/${output}/${name}/*.parquet' WHERE ${where})`,
    );
    const differing = `(SELECT count(*) FROM (FROM ${a} EXCEPT ALL FROM ${b}))`;
    expect(
      await query(
        `SELECT ${differing} AS more, (SELECT count(*) FROM ${a}) - (SELECT count(*) FROM ${b}) AS rows`,
      ),
    ).toEqual([{ more: 0n, rows: 0n }]);
  }
}

const VARIABLES = [
  'SLURM_ARRAY_TASK_ID',
  'AWS_BATCH_JOB_ARRAY_INDEX',
  'JOB_COMPLETION_INDEX',
  'CLOUD_RUN_TASK_INDEX',
];

/** Plans a run, and runs dedup with the same options. */
async function plan(
  name: string,
  tasks: number,
  options: readonly string[],
): Promise<[run: string, whole: string]> {
  const [run, whole] = [`run ${name}`, `whole ${name}`];
  expect(await nearduck('dedup', ...WHAT, ...options, '--output', whole)).toMatchObject({ code: 0 });
  const planned = await nearduck('plan', ...WHAT, ...options, '--tasks', String(tasks), '--output', run);
  expect(planned.stdout).toContain(`assign    ${tasks} tasks`);
  return [run, whole];
}

const isLocked = (path: string): boolean =>
  existsSync(path) && readdirSync(path).some((name) => /"pid"/.test(textOf(join(path, name, 'lock'))));

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

test('tasks out of order, twice, at once and killed find what dedup finds', async () => {
  const [run, whole] = await plan('overlap', 3, ['--clusters', '12', '--overlap', '0.05']);
  const path = join(folder, run);
  expect(await nearduck('task', run, 'assign', '--index', '0')).toEqual({
    code: 75,
    stdout: '',
    stderr: 'assign 0 waits for step fit: 0 of 1 tasks are done\n',
  });
  expect(await asTask({ JOB_COMPLETION_INDEX: '0' }, 'task', path, 'fit').ended).toBe(0);
  // Killed after its start, then run twice at the same time.
  const killed = asTask({ SLURM_ARRAY_TASK_ID: '1' }, 'task', path, 'assign');
  while (!isLocked(join(path, '.nearduck/tasks/assign'))) {
    expect(killed.child.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect((await nearduck('status', run)).stdout).toContain('next: assign, array 0-2');
  for (const step of ['assign', 'pairwise']) {
    const indexes = [2, 1, 1, 0];
    const codes = indexes.map(
      (index, i) => asTask({ [VARIABLES[i]]: String(index) }, 'task', path, step).ended,
    );
    expect(await Promise.all(codes)).toEqual([0, 0, 0, 0]);
    expect(await nearduck('task', run, step, '--index', '1')).toMatchObject({
      stdout: `${step} 1 is done already\n`,
    });
  }
  expect(await nearduck('task', run, 'finish')).toMatchObject({ code: 0, stderr: '' });
  await expectSame(run, whole);
  expect(readdirSync(path).sort()).toEqual(readdirSync(join(folder, whole)).sort());
  expect((await nearduck('status', run)).stdout).toMatch(/^done: finished at /);
  expect(await nearduck('task', run, 'finish')).toMatchObject({
    code: 0,
    stdout: 'finish is done already\n',
  });
});

test.each([
  ['a rule to rank by', ['--clusters', '12', '--rank-by', 'quality DESC'], 'true'],
  // Here dedup compares all rows, so it also finds the best of pairs that are farther apart.
  [
    'no pair missed',
    ['--clusters', '8', '--recall', '1', '--keep', 'random', '--seed', '7'],
    'cosine_sim_score >= 0.9',
  ],
])('the printed lines find what dedup finds: %s', async (name, options, pairs) => {
  const [run, whole] = await plan(name, 2, options);
  const { stdout } = await nearduck('submit', run, '--engine', 'print', '--for', 'xargs');
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', stdout.replaceAll('nearduck task', `${process.execPath} ${binary} task`)],
    { encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  await expectSame(run, whole, pairs);
});

describe('a plan', () => {
  const options = ['--clusters', '4', '--tasks', '2', '--output'];

  test('is printed again, and another one is refused', async () => {
    const first = await nearduck('plan', ...WHAT, ...options, 'again');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const before = readFileSync(join(folder, 'again/run.json'), 'utf8');
    expect(await nearduck('plan', ...WHAT, ...options, 'again')).toEqual(first);
    for (const [more, difference] of [
      [['--seed', '1'], 'it has --seed 42, this run has --seed 1'],
      [['--tasks', '3'], 'it has another number of tasks'],
    ] as const) {
      const refused = await nearduck('plan', ...WHAT, ...options, 'again', ...more);
      expect(refused).toMatchObject({
        code: 1,
        stderr: `IO Error: plan: 'again' contains another run: ${difference}; choose another folder\n`,
      });
    }
    expect(readFileSync(join(folder, 'again/run.json'), 'utf8')).toBe(before);
  });

  test('submit gives Slurm what is missing, step after step, and passes options through', async () => {
    await nearduck('plan', ...WHAT, ...options, 'submitted');
    expect(await nearduck('task', 'submitted', 'fit')).toMatchObject({ code: 0 });
    expect(await nearduck('task', 'submitted', 'assign', '--index', '0')).toMatchObject({ code: 0 });
    const [bin, calls] = [join(folder, 'bin'), join(folder, 'calls')];
    mkdirSync(bin);
    writeFileSync(join(bin, 'sbatch'), `#!/bin/sh\necho "$@" >> '${calls}'\nwc -l < '${calls}'\n`, {
      mode: 0o755,
    });
    const path = process.env.PATH;
    process.env.PATH = `${bin}:${path}`;
    try {
      const given = [
        '--engine',
        'slurm',
        '--partition',
        'gpu',
        '--time',
        '10',
        '--gpus',
        '1',
        '--throttle',
        '5',
      ];
      const submitted = await nearduck('submit', 'submitted', ...given, '--', '--mem=1G', '--exclude=node7');
      expect(submitted).toMatchObject({ code: 0, stdout: 'submitted: 1, 2, 3\n' });
    } finally {
      process.env.PATH = path;
    }
    const lines = readFileSync(calls, 'utf8').trim().split('\n');
    const logs = `${join(folder, 'submitted')}/logs`;
    const more = '--partition=gpu --time=10 --gpus-per-task=1 --ntasks=1 --mem=1G --exclude=node7';
    expect(lines.map((line) => line.replace(/--job-name=\S+ /, ''))).toEqual([
      `--parsable --output=${logs}/assign-%a.log --open-mode=append --requeue --array=1%5 ${more} ${logs}/assign.sh`,
      `--parsable --output=${logs}/pairwise-%a.log --open-mode=append --requeue --array=0-1%5 --dependency=afterok:1 --kill-on-invalid-dep=yes ${more} ${logs}/pairwise.sh`,
      `--parsable --output=${logs}/finish-0.log --open-mode=append --requeue --dependency=afterok:2 --kill-on-invalid-dep=yes --partition=gpu --time=10 --mem=1G --exclude=node7 ${logs}/finish.sh`,
    ]);
  });

  test('says which step, task and folder there is none of', async () => {
    await nearduck('plan', ...WHAT, ...options, 'errors');
    for (const [args, message] of [
      [
        ['task', 'errors', 'assing'],
        "task: there is no step 'assing'; a run has fit, assign, pairwise, finish",
      ],
      [['task', 'errors', 'assign'], 'task: step assign has 2 tasks; choose one with --index 0 to 1'],
      [['task', 'errors', 'assign', '--index', '2'], 'task: step assign has tasks 0 to 1, got 2'],
      [['task', 'errors', '--index', '1'], 'task: --index needs a step: fit, assign, pairwise, finish'],
      [
        ['plan', 'gone.parquet', '--tasks', '2', '--output', 'gone'],
        "IO Error: plan: no such file or folder: 'gone.parquet'",
      ],
      [['task', 'in', 'fit'], 'no planned run in'],
      [['status', 'nowhere'], 'no planned run in'],
    ] as const) {
      const { code, stderr } = await nearduck(...args);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) as string });
    }
  });

  test('of which run.json says what is no option, is damaged', async () => {
    await nearduck('plan', ...WHAT, ...options, 'forged');
    const path = join(folder, 'forged/run.json');
    const text = readFileSync(path, 'utf8');
    for (const forged of [
      { array: 1 },
      { firstRows: ['0); DROP TABLE x; --'] },
      { reader: 'x(1), read_csv' },
    ]) {
      const run = JSON.parse(text) as { reads: { input: object } };
      Object.assign(run.reads.input, forged);
      writeFileSync(path, JSON.stringify(run));
      const { code, stderr } = await nearduck('task', 'forged', 'fit');
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is damaged') as string });
    }
  });

  test('an id in files of two tasks, and files that changed, end a task for good', async () => {
    await query(
      `COPY (SELECT i // 2 AS id, [i, 1, 2]::FLOAT[] AS embedding, i % 2 AS part FROM range(20) AS t(i)) TO '${folder}/twice' (FORMAT parquet, PARTITION_BY (part))`,
    );
    expect(await nearduck('plan', 'twice', ...options, 'ids')).toMatchObject({ code: 0 });
    const { code, stderr } = await nearduck('task', 'ids', 'fit');
    expect(code).toBe(1);
    expect(stderr).toContain('fit: ids must be unique, but 10 occur more than once: 0, 1, 2, 3, 4');
    await query(
      `COPY (SELECT 1 AS id, [1]::FLOAT[] AS embedding) TO '${folder}/twice/part=0/data_0.parquet'`,
    );
    const changed = await nearduck('task', 'ids', 'fit');
    expect(changed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('IO Error: task: files changed while they were read') as string,
    });
  });
});
