import { hostname } from 'node:os';
import { quotedString } from '@duckdb/node-api';
import { ioError } from '../../errors.ts';
import { usedBackends } from '../../functions/context.ts';
import type { StepName } from '../../run/plan.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import { Attempt, doneTask, type DoneTask } from '../../run/tasks.ts';
import { sqlScript } from '../../sqlScripts.ts';
import { needsAllPairs } from '../dedup/options.ts';
import { oneValue } from '../../queryValues.ts';
import { numberOrNull, setVariables } from '../../session/variables.ts';
import { variablesFor } from '../dedup/workflow.ts';
import { TASK_COLUMNS } from './fingerprint.ts';
import type { PlannedRun } from './plannedRun.ts';
import { readEarlier, readerOf, readInput, type TaskWork } from './taskInput.ts';

/**
 * Runs a task of any step except the last.
 * @throws the errors of its functions. The output of a failed task is discarded.
 */
export async function runTask(
  work: TaskWork,
  step: Exclude<StepName, 'finish'>,
  index: number,
): Promise<DoneTask> {
  const { folder, session, timer } = work;
  const start = performance.now();
  timer.restart();
  const attempt = new Attempt(folder, step, index);
  await attempt.begin();
  try {
    await setVariables(session, {
      ...(await variablesOf(work, step, index)),
      folder: quotedString(attempt.path),
    });
    if (step !== 'pairwise') await readRows(work, step, index);
    await session.connection.run(sqlScript(`run/${step}`));
    if (step === 'pairwise' && needsAllPairs(work.options))
      await session.connection.run(sqlScript('run/pairs'));
    await attempt.finish(await measured(work, start));
  } catch (error) {
    attempt.abandon();
    throw error;
  }
  return (await doneTask(folder, step, index))!;
}

/** Removes the variables, tables and views that the scripts of a task created in a session. */
export async function forgetScripts({ session: { connection } }: Pick<TaskWork, 'session'>): Promise<void> {
  const left = await connection.runAndReadAll(
    `SELECT format('RESET VARIABLE "{}"', name) FROM duckdb_variables()
     UNION ALL
     SELECT format('DROP VIEW temp."{}"', view_name) FROM duckdb_views()
      WHERE database_name = 'temp' AND NOT internal
     UNION ALL
     SELECT format('DROP TABLE temp."{}"', table_name) FROM duckdb_tables() WHERE database_name = 'temp'`,
  );
  await connection.runPlain(left.getRows().map(([statement]) => String(statement)));
}

/** The resources that a task used. */
async function measured(
  { session, timer, cpuBefore }: TaskWork,
  start: number,
): Promise<Omit<DoneTask, 'files' | 'step' | 'index'>> {
  const { connection } = session;
  timer.enter(undefined);
  const [backend] = await usedBackends(session.connection.settings);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const facts = await oneValue(connection, `SELECT getvariable('facts')`);
  return {
    finished: new Date().toISOString(),
    host: hostname(),
    seconds: (performance.now() - start) / 1000,
    steps: Object.fromEntries(timer.seconds),
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 - cpuBefore,
    peakBytes: maxRSS * 1024,
    ...(backend ? { backend } : {}),
    facts: JSON.parse(String(facts)) as Record<string, unknown>,
  };
}

/** Creates the views that a task reads. */
async function readRows(work: TaskWork, step: 'fit' | 'assign', index: number): Promise<void> {
  const { fileGroups, earlierGroups } = work.planned.plan;
  if (step === 'fit') {
    await readInput(work);
    return readEarlier(work);
  }
  if (index < fileGroups.length) await readInput(work, fileGroups[index]);
  else await readEarlier(work, earlierGroups[index - fileGroups.length]);
}

/** The variables of a task's script. */
async function variablesOf(
  { folder, planned, options, source }: TaskWork,
  step: Exclude<StepName, 'finish'>,
  index: number,
): Promise<Record<string, string>> {
  const { fileGroups, buckets } = planned.plan;
  const variables = {
    ...variablesFor(source, {
      input: readerOf(planned.reads.input),
      against: options.against,
      output: folder.path,
    }),
    buckets: String(buckets),
  };
  if (step === 'fit') return variables;
  const [fit] = await doneTasks(folder, 'fit', 1);
  const withFit = {
    ...variables,
    ...fitted(fit),
    // With one cluster, all rows are compared with each other.
    ...(Number(fit.facts['clusters']) === 1 ? { check_rows: 'NULL' } : {}),
  };
  if (step === 'assign') {
    const model = {
      model: quotedString(folder.pathOf(fileOf(fit, 'fit.parquet'))),
      check_hash: `${quotedString(String(fit.facts['check_hash']))}::UBIGINT`,
      columns_kept: quotedString(options.rankBy === undefined ? 'none' : 'all'),
      task_columns: `[${TASK_COLUMNS.map((name) => quotedString(name)).join(', ')}]`,
    };
    if (index < fileGroups.length) return { ...withFit, ...model };
    const earlier = {
      relation: `'earlier'`,
      overlap: numberOrNull(Number(fit.facts['earlier_overlap'])),
      protect: 'NULL',
      check_rows: 'NULL',
      columns_kept: `'none'`,
    };
    return { ...withFit, ...model, ...earlier };
  }
  const assigned = await assignedTasks(folder, planned);
  return {
    ...withFit,
    bucket: String(index),
    row_files: filesOf(folder, assigned.rows, 'rows.parquet'),
    earlier_files:
      assigned.earlier.length === 0 ? 'NULL::VARCHAR[]' : filesOf(folder, assigned.earlier, 'rows.parquet'),
    checked_files: filesOf(folder, assigned.rows, 'checked.parquet'),
  };
}

/** The parameters that the fit determined, as variables. */
export const fitted = ({ facts }: DoneTask): Record<string, string> => ({
  clusters: String(Number(facts['clusters'])),
  overlap: numberOrNull(Number(facts['overlap'])),
  memberships: String(Number(facts['memberships'])),
});

/** The finished tasks of `assign`: those of the rows, and those of the earlier rows. */
export async function assignedTasks(
  folder: RunFolder,
  { plan: { fileGroups, earlierGroups } }: PlannedRun,
): Promise<{ readonly rows: readonly DoneTask[]; readonly earlier: readonly DoneTask[] }> {
  const all = await doneTasks(folder, 'assign', fileGroups.length + earlierGroups.length);
  return { rows: all.slice(0, fileGroups.length), earlier: all.slice(fileGroups.length) };
}

/**
 * All tasks of a finished step.
 * @throws NearduckError (IO Error) when the step is not finished.
 */
export async function doneTasks(folder: RunFolder, step: StepName, count: number): Promise<DoneTask[]> {
  const tasks: DoneTask[] = [];
  for (let index = 0; index < count; index++) {
    const task = await doneTask(folder, step, index);
    if (!task)
      throw ioError(
        `the output of ${step} task ${index} in '${folder.path}' is missing; run that task again`,
      );
    tasks.push(task);
  }
  return tasks;
}

/**
 * The path of a file that a task wrote.
 * @throws NearduckError (IO Error) when the task wrote no such file.
 */
function fileOf({ files, step, index }: DoneTask, name: string): string {
  const found = files.find((file) => file.endsWith(`/${name}`));
  if (found !== undefined) return found;
  throw ioError(`${step} task ${index} wrote no ${name}; plan the run again in another folder`);
}

/**
 * The files called `name` of several tasks, as a SQL list.
 * @throws NearduckError (IO Error) when a task wrote no such file.
 */
export const filesOf = (folder: RunFolder, tasks: readonly DoneTask[], name: string): string =>
  `[${tasks.map((task) => quotedString(folder.pathOf(fileOf(task, name)))).join(', ')}]`;
