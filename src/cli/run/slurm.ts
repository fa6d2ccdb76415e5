import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { invalidInputError, ioError } from '../../errors.ts';
import { makeFolders } from '../../files/makeFolders.ts';
import { sbatchArguments, slurmScript, type TaskCommand } from '../../run/engines.ts';
import type { Step } from '../../run/plan.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import { stepState } from '../../run/tasks.ts';
import { findRun, readRun, type PlannedRun } from './plannedRun.ts';
import { statusText } from './statusText.ts';

/** Options of `nearduck submit --engine slurm`; `interval` is in seconds. Each is described in its help. */
export interface SubmitOptions {
  readonly throttle?: number;
  readonly partition?: string;
  readonly time?: string;
  readonly gpus?: number;
  readonly follow: boolean;
  readonly retries: number;
  readonly interval: number;
  /** Additional options for sbatch. */
  readonly sbatch: readonly string[];
}

/** Submits the unfinished steps, each to start after the previous one, and follows them if requested. */
export async function submitToSlurm(
  folder: RunFolder,
  planned: PlannedRun,
  task: TaskCommand,
  options: SubmitOptions,
): Promise<string> {
  if (folder.isRemote) {
    throw invalidInputError(
      `submit: run '${folder.path}' is on an object store, and Slurm writes logs to files; use --engine ` +
        'print, or a folder that all nodes share',
    );
  }
  const submit = (): Promise<string[]> => submitMissing(folder, planned, task, options);
  let jobs = await submit();
  if (!options.follow) return jobs.length === 0 ? 'nothing is missing\n' : `submitted: ${jobs.join(', ')}\n`;
  let shown = '';
  for (let left = options.retries; ;) {
    const now = (await findRun(folder)) ?? planned;
    const text = await statusText(folder, now);
    if (text !== shown) process.stderr.write((shown = text));
    if (now.finished !== undefined) return text;
    if (!isQueued(jobs)) {
      // The tasks that have ended since the last check.
      if ((await readRun(folder)).finished !== undefined) continue;
      if (left-- === 0) throw ioError(`submit: tasks failed; their logs are in '${logsOf(folder)}'`);
      jobs = await submit();
    }
    await sleep(options.interval * 1000);
  }
}

const logsOf = (folder: RunFolder): string => `${folder.path}/logs`;

/** Submits the missing tasks of each step. Returns the job ids. */
async function submitMissing(
  folder: RunFolder,
  { plan, finished }: PlannedRun,
  task: TaskCommand,
  options: SubmitOptions,
): Promise<string[]> {
  const jobs: string[] = [];
  if (finished !== undefined) return jobs;
  const logs = logsOf(folder);
  makeFolders(`folder '${logs}'`, logs);
  for (const step of plan.steps) {
    const { missing } = await stepState(folder, step.name, step.tasks);
    if (missing.length === 0) continue;
    const given = sbatchArguments(task, step, {
      indexes: missing,
      throttle: options.throttle,
      after: jobs.at(-1),
      logs,
      options: slurmOptions(step, options),
    });
    const script = `${logs}/${step.name}.sh`;
    writeFileSync(script, slurmScript(task, step.name));
    jobs.push(sbatch([...given, script]));
  }
  return jobs;
}

const slurmOptions = ({ name }: Step, { partition, time, gpus, sbatch }: SubmitOptions): string[] => [
  ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ...(time === undefined ? [] : [`--time=${time}`]),
  ...(gpus === undefined || gpus === 0 || name === 'finish' ? [] : [`--gpus-per-task=${gpus}`, '--ntasks=1']),
  ...sbatch,
];

/**
 * Runs sbatch.
 * @throws NearduckError (IO Error) with the output of sbatch.
 */
function sbatch(given: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('sbatch', given, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw ioError(`submit: sbatch: ${error?.message ?? stderr.trim()}`, error);
  return stdout.trim().split(';')[0];
}

/** Returns true when Slurm still knows one of the jobs. */
function isQueued(jobs: readonly string[]): boolean {
  if (jobs.length === 0) return false;
  const { stdout } = spawnSync('squeue', ['--noheader', '--format=%i', `--jobs=${jobs.join(',')}`], {
    encoding: 'utf8',
  });
  return (stdout ?? '').trim() !== '';
}
