import { keepOverlap } from '../../functions/pairwise/chosenOverlap.ts';
import { LocalOutput } from '../../output/localOutput.ts';
import type { OutputFolder } from '../../output/outputFolder.ts';
import { RemoteOutput } from '../../output/remoteOutput.ts';
import { newId } from '../../output/workspace.ts';
import { TASK_FOLDER } from '../../run/runFolder.ts';
import { runFacts } from '../dedup/runFacts.ts';
import { StepTimer } from '../dedup/stepTimer.ts';
import { findingsOf, summaryText } from '../dedup/summary.ts';
import { setVariables } from '../../session/variables.ts';
import { runWorkflow, scriptsFor, variablesFor } from '../dedup/workflow.ts';
import { bindFiles, doneTasks, fileOf, pathList, readInput, type TaskWork } from './runTask.ts';
import { TryAgain } from './verb.ts';

/** The last step: what dedup does after its comparisons, with what the tasks have found. Returns the summary. */
export async function finishRun(work: TaskWork): Promise<string> {
  const { folder, session, planned, options, source } = work;
  const { connection } = session;
  const start = performance.now();
  const output = await openOutput(work);
  try {
    await output.prepare(connection);
    const { steps } = planned.plan;
    const done = await Promise.all(
      steps.slice(0, -1).map(({ name, tasks }) => doneTasks(folder, name, tasks)),
    );
    const [[fit], assigned, compared] = done;
    const pairFiles = compared
      .filter(({ files }) => files.length > 0)
      .map((task) => fileOf(task, 'pairs.parquet'));
    await setVariables(session, {
      ...variablesFor(source, { input: planned, output: output.path }),
      label_files: pathList(
        folder,
        assigned.map((task) => fileOf(task, 'labels.parquet')),
      ),
      pair_files: pathList(folder, pairFiles),
      member_files: pathList(
        folder,
        assigned.map((task) => fileOf(task, 'members.parquet')),
      ),
    });
    // Without the embeddings: only one task would read all of them.
    await (options.withEmbeddings ? readInput(work) : bindFiles(work));
    const timer = new StepTimer();
    const scripts = scriptsFor(source).filter(
      (script) => !script.startsWith('1_') && !script.startsWith('2_'),
    );
    await runWorkflow(session, ['run/finish', ...scripts], [], timer);
    const total = (of: typeof assigned, fact: string): number =>
      of.reduce((sum, { facts }) => sum + Number(facts[fact]), 0);
    const rows = total(assigned, 'rows');
    keepOverlap(connection.settings, {
      certainty: Number(fit.facts['clusters']) === 1 ? 'exact' : options.recall === 1 ? 'complete' : 'none',
      overlap:
        options.overlap === undefined
          ? undefined
          : { distance: options.overlap, memberships: options.memberships ?? 4 },
      memberships: total(assigned, 'members') / rows,
      pairs: await pairRatio(work),
    });
    const findings = await findingsOf(session, options, Number(fit.facts['rows']));
    const seconds = (performance.now() - start) / 1000;
    const later = { ...options, metadata: source.laterMetadata };
    const facts = await runFacts(session, options, {
      input: planned.fingerprint.files,
      exported: later,
      findings,
      seconds,
      steps: timer.seconds,
    });
    const tasks = done.flat().map((task) => ({ ...task, files: undefined }));
    const { plan, fingerprint, directory, reader, readerOptions } = planned;
    const summary = await summaryText(session, later, { findings, seconds, timer, target: output.target });
    await output.commit(
      connection,
      { ...facts, plan, source, fingerprint, directory, reader, readerOptions, tasks },
      session.results.remoteSteps,
    );
    folder.remove(TASK_FOLDER);
    return summary;
  } finally {
    output.discard();
  }
}

async function pairRatio({ session }: TaskWork): Promise<number> {
  const reader = await session.connection.runAndReadAll(`SELECT getvariable('pair_ratio')`);
  return Number(reader.getRows()[0][0]);
}

async function openOutput({ folder }: TaskWork): Promise<OutputFolder> {
  if (folder.isRemote) return new RemoteOutput(`${folder.path}/results-${newId()}`, { overwrite: false });
  try {
    return await LocalOutput.open(folder.path, { overwrite: true });
  } catch (error) {
    if (/another run, /.test((error as Error).message)) throw new TryAgain((error as Error).message);
    throw error;
  }
}
