import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { invalidInputError } from '../errors.ts';
import { isRemote } from '../paths.ts';
import { stepBefore, STEPS, type StepName } from '../run/plan.ts';
import { taskIndex } from '../run/taskIndex.ts';
import { doneTask, stepState } from '../run/tasks.ts';
import type { Progress } from '../progress.ts';
import { StepTimer } from './dedup/stepTimer.ts';
import { addOptions, parseCommand } from './optionValues.ts';
import { printNotice } from './shell/errorText.ts';
import { finishRun, removeRemains } from './run/finishRun.ts';
import { enterDirectory, readRun } from './run/plannedRun.ts';
import { forgetScripts, runTask } from './run/runTask.ts';
import { sessionOptions, runVerb, TRY_AGAIN, TryAgain, withFolder, withFolderAlone } from './run/verb.ts';
import type { TaskWork } from './run/taskInput.ts';

/**
 * `nearduck task RUN [STEP] [--index I]`: exit code 0 when the task is done, 75 when a later attempt may
 * succeed, 1 when it will not.
 */
export async function run(args: readonly string[]): Promise<number> {
  const command = new Command('nearduck task')
    .description('Runs one task of a run that nearduck plan created, or all remaining tasks.')
    .argument('<run>', 'folder of the run')
    .argument('[step]', `${STEPS.join(', ')}; default: all tasks, one after another`);
  addOptions(
    command,
    `
    --index <i> integer(0): which task; default: the engine's variable, such as SLURM_ARRAY_TASK_ID
    --memory-limit <size>: memory to use, such as 4GB
    --threads <n> integer(1): threads to use
  `,
  );
  const parsed = parseCommand(command, args);
  if (typeof parsed === 'number') return parsed;
  // A task that a signal stops has not failed.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGXCPU'] as const)
    process.on(signal, () => process.exit(TRY_AGAIN));
  const [given, step] = parsed.processedArgs as [string, string | undefined];
  // A task changes to the folder that paths are relative to.
  const path = isRemote(given) ? given : resolve(given);
  const options = parsed.opts<TaskOptions>();
  return runVerb('task', () => (step === undefined ? allTasks(path, options) : task(path, step, options)));
}

interface TaskOptions {
  readonly index?: number;
  readonly memoryLimit?: string;
  readonly threads?: number;
}

/** Runs the remaining tasks of a run, and prints a line after each. Returns the line of the last one. */
async function allTasks(path: string, options: TaskOptions): Promise<string> {
  if (options.index !== undefined) throw invalidInputError(`task: --index needs a step: ${STEPS.join(', ')}`);
  return withRun(path, options, async (run) => {
    let text = '';
    for (const { name, tasks } of run.planned.plan.steps) {
      for (let index = 0; index < tasks; index++) {
        process.stdout.write(text);
        text = await doTask(run, name, index);
        // One session for all tasks: starting worker threads and compiling code takes as long as a small
        // task.
        await forgetScripts(run);
      }
    }
    return text;
  });
}

async function task(path: string, name: string, options: TaskOptions): Promise<string> {
  const step = STEPS.find((known) => known === name);
  if (!step) throw invalidInputError(`task: there is no step '${name}'; a run has ${STEPS.join(', ')}`);
  return withRun(path, options, async (run) => {
    const { tasks } = run.planned.plan.steps.find((known) => known.name === step)!;
    return doTask(run, step, taskIndex(step, tasks, options.index, process.env));
  });
}

/** Opens a session with the options of the run and of its tasks. */
async function withRun(
  path: string,
  given: TaskOptions,
  body: (run: Omit<TaskWork, 'cpuBefore'>) => Promise<string>,
): Promise<string> {
  const planned = await withFolderAlone(path, readRun);
  const options = { ...planned.source.options, ...definedOf(given) };
  const source = { ...planned.source, options };
  const timer = new StepTimer();
  const onProgress = ({ step, done, total }: Progress): void =>
    timer.enter(done === total ? undefined : step);
  const opened = { ...sessionOptions(options, tmpdir(), printNotice), onProgress };
  return withFolder(path, opened, (folder, session) => {
    enterDirectory(planned);
    return body({ folder, session, planned, options, source, timer });
  });
}

/** CPU seconds of this process at the end of the previous task. */
let cpuBefore = 0;

async function doTask(run: Omit<TaskWork, 'cpuBefore'>, step: StepName, index: number): Promise<string> {
  const { folder, planned } = run;
  const { steps } = planned.plan;
  const tasksOf = (name: StepName): number => steps.find((known) => known.name === name)!.tasks;
  const label = tasksOf(step) === 1 ? step : `${step} ${index}`;
  if (planned.finished !== undefined || (await doneTask(folder, step, index))) {
    if (step === 'finish') await removeRemains(folder);
    return `${label} is done already\n`;
  }
  const before = stepBefore(step);
  if (before) {
    const all = tasksOf(before);
    const { done } = await stepState(folder, before, all);
    if (done.length < all)
      throw new TryAgain(`${label} waits for step ${before}: ${done.length} of ${all} tasks are done`);
  }
  const work = { ...run, cpuBefore };
  if (step === 'finish') return await finishRun(work);
  const { seconds, peakBytes, cpuSeconds } = await runTask(work, step, index);
  cpuBefore += cpuSeconds;
  return `${label} is done: ${seconds.toFixed(1)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB\n`;
}

const definedOf = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
