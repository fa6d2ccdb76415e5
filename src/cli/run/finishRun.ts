import { existsSync } from 'node:fs';
import { quotedString } from '@duckdb/node-api';
import { messageOf } from '../../errors.ts';
import { keepOverlap, type ChosenOverlap } from '../../functions/pairwise/fittedClusters.ts';
import { finishExchanges, reportKeptFiles } from '../../output/exchange.ts';
import { openLocalOutput } from '../../output/localOutput.ts';
import type { OutputFolder } from '../../output/outputFolder.ts';
import { RemoteOutput } from '../../output/remoteOutput.ts';
import { RUN_FILE, runFileText } from '../../output/runFile.ts';
import { newId, WORK_FOLDER } from '../../output/workspace.ts';
import { TASK_FOLDER, type RunFolder } from '../../run/runFolder.ts';
import type { DoneTask } from '../../run/tasks.ts';
import type { InputFile } from '../dedup/input/inputFile.ts';
import type { PlannedRun } from './plannedRun.ts';
import { needsAllPairs } from '../dedup/options.ts';
import { StepTimer } from '../dedup/stepTimer.ts';
import { findingsOf } from '../dedup/summary.ts';
import { oneValue } from '../../queryValues.ts';
import { setVariables } from '../../session/variables.ts';
import { recallOf, runWorkflow, scriptsFor, variablesFor } from '../dedup/workflow.ts';
import { columnsOf } from '../../relation/relation.ts';
import { bindGroups } from '../dedup/guard.ts';
import { fromInput } from '../dedup/input/bindInput.ts';
import { describeRun } from '../dedup/describeRun.ts';
import { assignedTasks, doneTasks, filesOf, fitted } from './runTask.ts';
import { type TaskWork, bindFiles, readerOf, readInput } from './taskInput.ts';
import { printNotice } from '../shell/errorText.ts';
import { TryAgain } from './verb.ts';

/**
 * Runs the last step: everything that dedup does after its comparisons, with the results of the tasks.
 * Returns the summary.
 */
export async function finishRun(work: TaskWork): Promise<string> {
  const { folder, session, planned, options, source } = work;
  const { connection } = session;
  const start = performance.now();
  const output = await openOutput(work);
  try {
    await output.prepare(connection);
    const { buckets } = planned.plan;
    const [fit] = await doneTasks(folder, 'fit', 1);
    const assigned = await assignedTasks(folder, planned);
    const members = [...assigned.rows, ...assigned.earlier];
    const compared = await doneTasks(folder, 'pairwise', buckets);
    const hasPairs = needsAllPairs(options);
    await setVariables(session, {
      ...variablesFor(source, {
        input: readerOf(planned.reads.input),
        against: options.against,
        output: output.path,
      }),
      ...fitted(fit),
      label_files: filesOf(folder, assigned.rows, 'labels.parquet'),
      pair_files: filesOf(folder, compared, 'pairs.parquet'),
      ...(hasPairs ? { all_pair_files: filesOf(folder, compared, 'all_pairs.parquet') } : {}),
      member_files: filesOf(folder, members, 'members.parquet'),
    });
    const groupRelation = await bindRest(work);
    const timer = new StepTimer();
    // No task reads all embeddings, so 5_health must be run separately.
    const scripts = scriptsFor(source).filter((script) => !/^(?:1_|2_|5_health)/.test(script));
    const merging = ['run/finish', ...(hasPairs ? ['run/groups'] : [])];
    await runWorkflow(session, [...merging, ...scripts], [], timer);
    keepOverlap(connection.settings, await overlapOf(work, fit, assigned.rows));
    const count = (fact: string): number => Number(fit.facts[fact] ?? 0);
    const earlierRows = options.against === undefined ? undefined : count('earlier_rows');
    const findings = await findingsOf(session, options, count('rows'), earlierRows);
    const tasks = [fit, ...members, ...compared].map((task) => ({ ...task, files: undefined }));
    const { fingerprint, reads, directory } = planned;
    const { facts, summary } = await describeRun(session, output, {
      options,
      later: { ...options, metadata: source.laterMetadata },
      findings,
      groupRelation,
      input: reads.input.files,
      metadata: metadataFiles(planned),
      against: reads.against?.files.length === 0 ? undefined : reads.against?.files,
      backends: tasks.flatMap(({ backend }) => backend ?? []),
      timer,
      seconds: (performance.now() - start) / 1000,
    });
    const { plan } = planned;
    await output.commit(
      connection,
      { ...facts, plan, source, fingerprint, reads, directory, tasks },
      session.results.remoteSteps,
    );
    // If the results have a folder of their own, the plan names it last.
    if (folder.isRemote)
      await folder.write(RUN_FILE, runFileText(finishedPlan(planned, output.target)), newId());
    folder.remove(TASK_FOLDER);
    const left = folder.describeLeftovers(TASK_FOLDER);
    return left === '' ? summary : `${summary}\n${left}\n`;
  } finally {
    output.discard();
  }
}

/**
 * Removes what a last step leaves that was killed once its results were in place. A notice tells when it
 * cannot, such as while that step, or one on a machine that is gone, holds the lock: the run is finished anyway.
 */
export async function removeRemains(folder: RunFolder): Promise<void> {
  if (folder.isRemote || !existsSync(folder.pathOf(WORK_FOLDER))) return;
  try {
    await folder.withLock(newId(), async () => {
      reportKeptFiles(finishExchanges(folder.path), printNotice);
      folder.remove(TASK_FOLDER);
    });
  } catch (error) {
    printNotice(`task: '${folder.pathOf(WORK_FOLDER)}' is left in place: ${messageOf(error)}`);
  }
}

/**
 * Binds the files that the scripts still read. Returns the file with the column of `--group-by`, if it is not
 * in the metadata.
 */
async function bindRest(work: TaskWork): Promise<string | undefined> {
  const { session, options } = work;
  const { connection } = session;
  // Without the embeddings: only one task would read all of them.
  const input = await (options.withEmbeddings ? readInput(work) : bindFiles(work));
  if (options.groupBy === undefined) return undefined;
  const from = fromInput(input);
  const relation = { text: input.text, from, columns: await columnsOf(connection, from) };
  const groupRelation = await bindGroups(session, relation, input.text, options);
  if (groupRelation === undefined) return undefined;
  await setVariables(session, { group_relation: quotedString(`FROM ${from}`) });
  return `FROM ${from}`;
}

/** Returns the overlap with which rows were compared. */
async function overlapOf(
  { session, options }: TaskWork,
  { facts }: DoneTask,
  members: readonly DoneTask[],
): Promise<ChosenOverlap> {
  const alone = { memberships: 1, pairs: 1 };
  if (Number(facts['clusters']) === 1) return { ...alone, certainty: 'exact' };
  const certainty = options.recall === 1 ? 'complete' : 'none';
  const overlap = { distance: Number(facts['overlap']), memberships: Number(facts['memberships']) };
  if (recallOf(options) === undefined && (overlap.distance === 0 || overlap.memberships === 1))
    return { ...alone, certainty };
  const total = (fact: string): number => members.reduce((sum, task) => sum + Number(task.facts[fact]), 0);
  return {
    certainty,
    overlap,
    memberships: total('members') / total('rows'),
    pairs: Number(await oneValue(session.connection, `SELECT getvariable('pair_ratio')`)),
  };
}

/** The files that the run reads besides its rows. */
function metadataFiles({ fingerprint, reads }: PlannedRun): readonly InputFile[] | undefined {
  const others = new Set([...reads.input.files, ...(reads.against?.files ?? [])].map(({ path }) => path));
  const files = fingerprint.files.filter(({ path }) => !others.has(path));
  return files.length === 0 ? undefined : files;
}

const finishedPlan = (planned: PlannedRun, results: string): PlannedRun => ({
  ...planned,
  finished: new Date().toISOString(),
  results,
});

async function openOutput({ folder }: TaskWork): Promise<OutputFolder> {
  if (folder.isRemote) return new RemoteOutput(`${folder.path}/results-${newId()}`, { overwrite: false });
  try {
    return await openLocalOutput(folder.path, { overwrite: true });
  } catch (error) {
    if (/another run, /.test((error as Error).message)) throw new TryAgain((error as Error).message);
    throw error;
  }
}
