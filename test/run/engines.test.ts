import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  awsBatchLines,
  kubernetesManifests,
  sbatchArguments,
  slurmScript,
  xargsLines,
} from '../../src/run/engines.ts';
import type { Step } from '../../src/run/plan.ts';

const task = { command: ['nearduck'], path: '/data/my run', id: '20260101T000000-abcdef123456' };
const steps: Step[] = [
  { name: 'fit', tasks: 1 },
  { name: 'assign', tasks: 3 },
];

test('Slurm: an array of what is missing, after the step before', () => {
  const options = {
    indexes: [0, 2],
    throttle: 2,
    after: '17',
    logs: '/data/logs',
    options: ['--partition=gpu'],
  };
  expect(sbatchArguments(task, steps[1], options)).toEqual([
    '--parsable',
    '--job-name=nearduck-assign-123456',
    '--output=/data/logs/assign-%a.log',
    '--open-mode=append',
    '--requeue',
    '--array=0,2%2',
    '--dependency=afterok:17',
    '--kill-on-invalid-dep=yes',
    '--partition=gpu',
  ]);
  expect(sbatchArguments(task, steps[0], { indexes: [0], logs: '/data/logs', options: [] }).slice(2)).toEqual(
    ['--output=/data/logs/fit-0.log', '--open-mode=append', '--requeue'],
  );
});

test('the script of Slurm asks to be run again after 75, and only then', () => {
  const run = (code: number, restarts: string) => {
    const functions = `nearduck() { echo "$@"; return ${code}; }; scontrol() { echo "$@"; }; sleep() { :; };`;
    const { status, stdout } = spawnSync('bash', ['-c', functions + slurmScript(task, 'assign')], {
      encoding: 'utf8',
      env: { SLURM_JOB_ID: '5', SLURM_RESTART_COUNT: restarts },
    });
    return { status, lines: stdout.trim().split('\n') };
  };
  const call = 'task /data/my run assign';
  expect(run(0, '0')).toEqual({ status: 0, lines: [call] });
  expect(run(1, '0')).toEqual({ status: 1, lines: [call] });
  expect(run(75, '0')).toEqual({ status: 75, lines: [call, 'requeue 5'] });
  expect(run(75, '10')).toEqual({ status: 75, lines: [call] });
});

test('xargs: all tasks of a step, then the next step', () => {
  expect(xargsLines(task, steps, 4)).toBe(
    `nearduck task '/data/my run' fit &&\nseq 0 2 | xargs -P 4 -n 1 nearduck task '/data/my run' assign --index\n`,
  );
});

test('Kubernetes: indexed Jobs with retries per index', () => {
  const [, assign] = kubernetesManifests(task, steps, 'registry/nearduck:1').split('---\n');
  for (const line of [
    'completionMode: Indexed',
    'completions: 3',
    'backoffLimitPerIndex: 5',
    'image: "registry/nearduck:1"',
    'command: ["nearduck", "task", "/data/my run", "assign"]',
    'name: nearduck-assign-123456',
  ])
    expect(assign).toContain(line);
});

test('AWS Batch: each submission waits for the one before', () => {
  const text = awsBatchLines(task, steps);
  const aws = `aws() { printf '%s\\n' "$@" >&2; echo "id-$4"; };`;
  const { stderr } = spawnSync('bash', ['-c', `QUEUE=q DEFINITION=d; ${aws} ${text}`], { encoding: 'utf8' });
  const words = stderr.trim().split('\n');
  expect(words).toContain('jobId=id-nearduck-fit-123456');
  expect(words).toContain('size=3');
  expect(
    words.filter((word) => word.startsWith('{"command"')).map((word) => JSON.parse(word) as unknown),
  ).toEqual([
    { command: ['nearduck', 'task', '/data/my run', 'fit'] },
    { command: ['nearduck', 'task', '/data/my run', 'assign'] },
  ]);
});
