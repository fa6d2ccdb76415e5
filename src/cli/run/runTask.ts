import { hostname } from 'node:os';
import { quotedString } from '@duckdb/node-api';
import { completeOverlap } from '../../dedup/pairwise/chooseOverlap.ts';
import { ioError } from '../../errors.ts';
import { openBackends } from '../../functions/context.ts';
import { isRemote } from '../../paths.ts';
import type { Plan, StepName } from '../../run/plan.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import { Attempt, doneTask, type DoneTask } from '../../run/tasks.ts';
import type { Session } from '../../session/session.ts';
import { sqlScript } from '../../sqlScripts.ts';
import { bindInput } from '../dedup/input/bindInput.ts';
import type { Input } from '../dedup/input/input.ts';
import { localFile } from '../dedup/input/localFiles.ts';
import { remoteFiles } from '../dedup/input/remoteFiles.ts';
import { checkUnchanged, type Snapshot } from '../dedup/input/unchanged.ts';
import type { DedupOptions } from '../dedup/options.ts';
import { setVariables } from '../../session/variables.ts';
import { joinsMetadata, variablesFor } from '../dedup/workflow.ts';
import type { Source } from '../dedup/source.ts';
import type { PlannedRun } from './plannedRun.ts';

/** What a task works on and with. */
export interface TaskWork {
  readonly folder: RunFolder;
  readonly session: Session;
  readonly planned: PlannedRun;
  /** Those of the run, and of this task. */
  readonly options: DedupOptions;
  readonly source: Source;
}

/** Does a task of any step but the last. @throws the errors of its functions, after which nothing of it counts. */
export async function runTask(
  work: TaskWork,
  step: Exclude<StepName, 'finish'>,
  index: number,
): Promise<DoneTask> {
  const { folder, session } = work;
  const start = performance.now();
  const attempt = new Attempt(folder, step, index);
  await attempt.begin();
  try {
    const written = await variablesOf(work, step, index);
    if (written) {
      await setVariables(session, { ...written, folder: quotedString(attempt.path) });
      if (step !== 'pairwise')
        await readInput(work, step === 'assign' ? work.planned.plan.fileGroups[index] : undefined);
      await session.connection.run(sqlScript(`run/${step}`));
    }
    await attempt.finish(await measured(session, start, written !== undefined));
  } catch (error) {
    attempt.abandon();
    throw error;
  }
  return (await doneTask(folder, step, index))!;
}

/** What a task took. */
export async function measured(
  { connection }: Session,
  start: number,
  hasFacts: boolean,
): Promise<Omit<DoneTask, 'files' | 'step' | 'index'>> {
  const [backend] = await openBackends(connection.settings);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const facts = hasFacts
    ? String((await connection.runAndReadAll(`SELECT getvariable('facts')`)).getRows()[0][0])
    : '{}';
  return {
    finished: new Date().toISOString(),
    host: hostname(),
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: maxRSS * 1024,
    ...(backend ? { backend: backend.kernels.name } : {}),
    facts: JSON.parse(facts) as Record<string, unknown>,
  };
}

/** Makes the view `embeddings` over the files of a task, or all. */
export async function readInput(work: TaskWork, group?: readonly number[]): Promise<void> {
  const { connection } = work.session;
  await bindFiles(work, group);
  await connection.run(sqlScript('1_load'));
  if (joinsMetadata(work.source)) await connection.run(sqlScript('1_join_metadata'));
}

/** Sets the variable `input` to the files of a task, or all, after checking that they are those of the plan. */
export async function bindFiles(
  { session, planned, options }: TaskWork,
  group?: readonly number[],
): Promise<void> {
  const { connection } = session;
  const all = planned.fingerprint.files.slice(0, filesOf(planned.plan));
  const files = group ? group.map((i) => all[i]) : all;
  const again: Snapshot['again'] = async () => {
    const now = files.map(async ({ path }) =>
      isRemote(path) ? remoteFiles(connection, path) : [localFile(path)],
    );
    return (await Promise.all(now)).flat();
  };
  await checkUnchanged([{ files, again }]);
  const { reader, readerOptions } = planned;
  const request = { name: 'input', texts: options.input };
  const text = `'${options.input[0]}'`;
  const input: Input = { request, text, files, leftOut: [], folders: [], reader, readerOptions };
  await bindInput(connection, input, options.embedding);
}

const filesOf = ({ fileGroups }: Plan): number => fileGroups.flat().length;

/** The variables of a task's script; undefined where there is nothing to do. */
async function variablesOf(
  { folder, planned, options, source }: TaskWork,
  step: Exclude<StepName, 'finish'>,
  index: number,
): Promise<Record<string, string> | undefined> {
  const { plan } = planned;
  const complete =
    options.recall === 1 && options.eps !== undefined ? completeOverlap(options.eps) : undefined;
  const variables = {
    ...variablesFor(source, { input: planned, output: folder.path }),
    ...(complete && { overlap: `${complete.distance}::DOUBLE`, memberships: '0' }),
    buckets: String(plan.buckets),
    columns_kept: quotedString(options.rankBy === undefined ? 'none' : 'all'),
  };
  if (step === 'fit') return variables;
  const [fit] = await doneTasks(folder, 'fit', 1);
  const withFit = { ...variables, check_hash: `${String(fit.facts['check_hash'])}::UBIGINT` };
  if (step === 'assign')
    return { ...withFit, model: quotedString(folder.pathOf(fileOf(fit, 'fit.parquet'))) };
  const assigned = await doneTasks(folder, 'assign', plan.fileGroups.length);
  const bucketFiles = assigned.flatMap(({ files }) =>
    files.filter((name) => name.includes(`/rows/bucket=${index}/`)),
  );
  if (bucketFiles.length === 0) return undefined;
  return {
    ...withFit,
    bucket_files: pathList(folder, bucketFiles),
    checked_files: pathList(
      folder,
      assigned.map((task) => fileOf(task, 'checked.parquet')),
    ),
  };
}

/** All tasks of a step that is done. @throws NearduckError (IO Error) where it is not. */
export async function doneTasks(folder: RunFolder, step: StepName, count: number): Promise<DoneTask[]> {
  const tasks: DoneTask[] = [];
  for (let index = 0; index < count; index++) {
    const task = await doneTask(folder, step, index);
    if (!task)
      throw ioError(`what ${step} task ${index} has left in '${folder.path}' is gone; do that task again`);
    tasks.push(task);
  }
  return tasks;
}

/** @throws NearduckError (IO Error) when the task has left no such file. */
export function fileOf({ files, step, index }: DoneTask, name: string): string {
  const found = files.find((file) => file.endsWith(`/${name}`));
  if (found !== undefined) return found;
  throw ioError(`${step} task ${index} has left no ${name}; plan the run anew in another folder`);
}

/** Files of a run as a SQL list. */
export const pathList = (folder: RunFolder, names: readonly string[]): string =>
  `[${names.map((name) => quotedString(folder.pathOf(name))).join(', ')}]`;
