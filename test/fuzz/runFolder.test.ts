import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as plan } from '../../src/cli/plan.ts';
import { run as report } from '../../src/cli/report.ts';
import { run as status } from '../../src/cli/status.ts';
import { run as submit } from '../../src/cli/submit.ts';
import { run as task } from '../../src/cli/task.ts';
import { STEPS, type StepName } from '../../src/run/plan.ts';
import { Session } from '../../src/session/session.ts';
import { caseCount } from '../support/cases.ts';
import { DAMAGES, faultsOf, silently } from './damages.ts';

const [folder, before] = [mkdtempSync(join(tmpdir(), 'nearduck-damaged-run-')), process.cwd()];
const TASKS: Readonly<Record<StepName, number>> = { fit: 1, assign: 2, pairwise: 2, finish: 1 };
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU'] as const;

/** Runs the tasks of a step until one fails. */
async function stepOf(run: string, step: StepName) {
  let result = { code: 0, printed: '', errors: '' };
  for (let index = 0; index < TASKS[step] && result.code === 0; index++)
    result = await silently(() => task([run, step, '--index', String(index), '--threads', '1']));
  // Remove the task's listeners, because they would end this process.
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  return result;
}

/** The summary of a run, without the lines that differ between runs. */
const found = (printed: string): string => printed.replaceAll(/^(?:files|seconds|backend|Go on) [^]*/gm, '');

let whole: string;
beforeAll(async () => {
  process.chdir(folder);
  await using session = await Session.open();
  await session.connection.run(
    `COPY (SELECT i AS id, [cos(i // 2), sin(i // 2), 1]::FLOAT[] AS embedding, i % 2 AS part FROM range(24) AS t(i))
     TO 'in' (FORMAT parquet, PARTITION_BY (part))`,
  );
  const options = [
    '--eps',
    '0.1',
    '--clusters',
    '4',
    '--backend',
    'reference',
    '--threads',
    '1',
    '--tasks',
    '2',
  ];
  const planned = await silently(() => plan(['in', ...options, '--output', 'plan']));
  if (planned.code !== 0) throw new Error(planned.errors);
  for (const step of STEPS) {
    cpSync('plan', `before ${step}`, { recursive: true });
    const { code, printed, errors } = await stepOf('plan', step);
    if (code !== 0) throw new Error(errors);
    if (step === 'finish') whole = found(printed);
  }
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

/** Commands that read the folder of a run. */
const COMMANDS: Readonly<Record<string, (run: string) => Promise<number>>> = {
  status: (run) => status([run]),
  submit: (run) => submit([run, '--engine', 'print']),
  report: (run) => report([run]),
  plan: (run) => plan(['in', '--tasks', '2', '--clusters', '9', '--output', run]),
};

/**
 * Damages a file before a step and runs the remaining steps: the result must be right, or the error must
 * help.
 */
async function check(step: StepName, number: number, damage: string, command: string): Promise<boolean> {
  rmSync('run', { recursive: true, force: true });
  cpSync(`before ${step}`, 'run', { recursive: true });
  const files = filesIn('run');
  const file = files[number % files.length];
  DAMAGES[damage](join('run', file));
  const where = { file, damage, step };

  const looked = await silently(() => COMMANDS[command]('run'));
  const lookedAt = looked.code === 0 ? [] : faultsOf(looked.errors);
  expect({ ...where, command, faults: lookedAt }).toMatchObject({ faults: [] });
  // A new plan starts another run.
  if (command === 'plan' && looked.code === 0) return true;
  for (const next of STEPS.slice(STEPS.indexOf(step))) {
    const { code, printed, errors } = await stepOf('run', next);
    if (code === 75) return false;
    expect({ ...where, next, faults: code === 0 ? [] : faultsOf(errors) }).toMatchObject({ faults: [] });
    if (code !== 0) return false;
    // A changed byte among the values of a Parquet file is a different valid value.
    const mayDiffer = next !== 'finish' || (damage === 'another byte' && file.endsWith('.parquet'));
    expect({ ...where, found: mayDiffer ? whole : found(printed) }).toEqual({ ...where, found: whole });
  }
  return true;
}

test('of two plans for one folder at once, one is refused', async () => {
  const twice = ['2', '1'].map(
    (tasks) => () =>
      plan(['in', '--clusters', '4', '--backend', 'reference', '--tasks', tasks, '--output', 'both']),
  );
  const { code, errors } = await silently(async () =>
    (await Promise.all(twice.map((start) => start()))).reduce((sum, one) => sum + one),
  );
  expect(code).toBe(1);
  expect(errors).toMatch(
    /^IO Error: (?:another run, .* is writing run folder|plan: 'both' contains another run: it has another number of tasks)/,
  );
  expect(filesIn('both')).toEqual(['run.json']);
});

test('folders of planned runs with each file damaged in turn, then any: an error that helps or a right result', async () => {
  const last = filesIn('before finish');
  for (const number of last.keys()) await check('finish', number, 'removed', 'status');
  let done = 0;
  const property = fc.asyncProperty(
    fc.constantFrom(...STEPS),
    fc.nat(100),
    fc.constantFrom(...Object.keys(DAMAGES)),
    fc.constantFrom(...Object.keys(COMMANDS)),
    async (step, number, damage, command) => {
      if (await check(step, number, damage, command)) done++;
    },
  );
  const runs = caseCount(12);
  await fc.assert(property, { numRuns: runs });
  // About one case in ten comes to a right result.
  expect(done).toBeGreaterThan(runs < 50 ? -1 : 0);
  expect(readFileSync('in/part=0/data_0.parquet').length).toBeGreaterThan(0);
}, 0);
