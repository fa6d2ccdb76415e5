import type { DuckDBConnection } from '@duckdb/node-api';
import { interruptedBy } from '../connection/statementQueue.ts';
import { ioError } from '../errors.ts';
import { openLocalOutput } from '../output/localOutput.ts';
import type { OutputFolder, OutputOptions } from '../output/outputFolder.ts';
import { RemoteOutput } from '../output/remoteOutput.ts';
import { isRemote } from '../paths.ts';
import { abortUploads } from '../session/s3/requests.ts';
import { Session } from '../session/session.ts';
import { withDedupOptions } from './dedup/advice.ts';
import { openAgainst } from './dedup/against.ts';
import { checkPaths, checkSource, openRunInput } from './dedup/checks/checkInput.ts';
import { checkSpace, knownRows } from './dedup/checks/checkSpace.ts';
import { bindInput } from './dedup/input/bindInput.ts';
import { bindGroups, DROP_LIMIT_EXCEEDED, DropLimitExceeded } from './dedup/guard.ts';
import {
  explainByChanges,
  checkUnchanged,
  FilesChanged,
  inputSnapshot,
  metadataSnapshot,
} from './dedup/input/unchanged.ts';
import { asOptions, parseDedup, type DedupOptions } from './dedup/options.ts';
import { describeRun, type DoneRun } from './dedup/describeRun.ts';
import { differenceOfFinished, differenceOfReport, fingerprintOf, identityOf } from './run/fingerprint.ts';
import { sessionOptions } from './run/verb.ts';
import { StepTimer } from './dedup/stepTimer.ts';
import { findingsOf } from './dedup/summary.ts';
import { sourceOf } from './dedup/source.ts';
import { setVariables } from '../session/variables.ts';
import { runWorkflow, scriptsFor, variablesFor } from './dedup/workflow.ts';
import { endBySignal } from './endBySignal.ts';
import { ProgressLine } from './progressLine.ts';
import { errorText, printable, printNotice } from './shell/errorText.ts';

const INTERRUPTED = 130;
/** The step that reads the input. */
const READING = 'read rows';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `nearduck dedup INPUT …`: exit code 0 when everything asked for was written. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseDedup(args);
  if (typeof options === 'number') return options;
  const progress = new ProgressLine({ stream: process.stderr });
  const interruption = new AbortController();
  // A second signal ends the process; the next run removes what this one left.
  const interrupt = (signal: NodeJS.Signals): void =>
    interruption.signal.aborted ? endBySignal(signal) : interruption.abort();
  const ending: RunEnd = {};
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    process.stdout.write(await dedup(options, progress, interruption.signal, ending));
    return 0;
  } catch (error) {
    progress.clear();
    const isStopped = error instanceof DropLimitExceeded && !interruption.signal.aborted;
    if (isStopped) process.stdout.write(error.table);
    const { leftovers } = ending;
    const text = interruption.signal.aborted
      ? 'INTERRUPT Error: Interrupted!'
      : withDedupOptions(asOptions(errorText(error, 'dedup')), options.metadata !== undefined);
    const isUntouched = leftovers === undefined && (isStopped || interruption.signal.aborted);
    const nothing = `${isStopped ? '\n' : ' '}Nothing was written.`;
    process.stderr.write(`${text}${isUntouched ? nothing : ''}\n`);
    if (leftovers !== undefined) process.stderr.write(`${printable(leftovers)}\n`);
    if (isStopped) return DROP_LIMIT_EXCEEDED;
    return interruption.signal.aborted ? INTERRUPTED : 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

/** The remains of a failed run. */
interface RunEnd {
  leftovers?: string;
}

/** Opens the output and a session, and runs the workflow in them. Returns the summary. */
async function dedup(
  options: DedupOptions,
  progress: ProgressLine,
  signal: AbortSignal,
  ending: RunEnd,
): Promise<string> {
  checkPaths(options);
  const notice = (text: string): void => {
    progress.clear();
    printNotice(text);
  };
  const run: Run = { options, signal, notice, start: performance.now(), timer: new StepTimer() };
  const output = await openOutput(options.output, { ...options, signal, notice });
  try {
    await using session = await Session.open({
      ...sessionOptions(options, output.temporary, notice),
      onProgress(event) {
        run.timer.onProgress(event);
        const isReading = event.step === READING && event.total === undefined;
        progress.update(isReading ? { ...event, total: run.rows } : event);
      },
    });
    const interrupt = (): void => session.connection.interrupt();
    try {
      return await interruptedBy(signal, interrupt, () => runWorkflowIn(session, output, run));
    } catch (error) {
      ending.leftovers = await leftoversOf(output, session);
      throw error;
    }
  } finally {
    progress.clear();
    output.discard();
  }
}

/** One run, and what becomes known in its course. */
interface Run {
  readonly options: DedupOptions;
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
  readonly start: number;
  readonly timer: StepTimer;
  /** Rows of the input, where their number is known before they are read. */
  rows?: number;
}

async function runWorkflowIn(session: Session, output: OutputFolder, run: Run): Promise<string> {
  const { options, signal, timer } = run;
  const { connection } = session;
  const say = (text: string): void => run.notice(`dedup: ${text}`);
  await output.prepare(connection);
  const { listed, metadata, against, snapshots } = await openInputs(connection, options, say, signal);
  const read = snapshots.flatMap(({ files }) => files);
  const fingerprint = await fingerprintOf(options, read);
  const kept = output.openSavedSteps(identityOf(fingerprint));
  if (output.finished) {
    const folder = `output folder '${options.output}'`;
    const difference = differenceOfFinished(output.finished, fingerprint);
    if (difference !== undefined)
      throw ioError(
        `${folder} has the results of another run: ${difference}; choose another one, or replace its ` +
          'results with --overwrite',
      );
    const page = differenceOfReport(output.finished, options);
    if (page !== undefined) throw ioError(`${folder} has the results of this run already, but ${page}`);
    // The run may have been killed while it removed them.
    if (kept?.areOwn) kept.remove();
    return `${folder} has the results of this run already\n`;
  }
  connection.settings.set('checkpoint', kept);
  const compute = async (): Promise<Pick<DoneRun, 'later' | 'groupRelation' | 'findings'>> => {
    const input = await bindInput(connection, listed, options.embedding);
    const source = await sourceOf(connection, input, options, say);
    const earlier = (await against?.bind(source.options))?.text;
    await setVariables(session, variablesFor(source, { input, against: earlier, output: output.path }));
    const relation = await checkSource(session, input, source, say);
    run.rows = await knownRows(session, input);
    if (run.rows !== undefined)
      await checkSpace(session, relation, source.options, input, run.rows, output.temporary);
    const groupRelation = await bindGroups(session, relation, input.text, source.options);
    await runWorkflow(session, scriptsFor(source), snapshots, timer);
    const [rows, earlierRows] = [timer.done(READING), against && timer.done('read against')];
    const findings = await findingsOf(session, source.options, rows, earlierRows);
    return { later: { ...source.options, metadata: source.laterMetadata }, groupRelation, findings };
  };
  const failSoonAfter = async (error: unknown): Promise<never> => {
    await session.s3?.failSoon();
    throw error;
  };
  try {
    const { facts, summary } = await describeRun(session, output, {
      options,
      ...(await explainByChanges(snapshots, () => compute().catch(failSoonAfter), signal)),
      input: listed.files,
      metadata: metadata?.files,
      against: against?.files,
      steps: kept,
      timer,
      seconds: (performance.now() - run.start) / 1000,
    });
    await checkUnchanged(snapshots);
    signal.throwIfAborted();
    await output.commit(connection, facts, session.results.remoteSteps);
    return summary;
  } catch (error) {
    // Steps of changed files are useless, and a run that the guard stopped writes nothing.
    if (error instanceof FilesChanged || error instanceof DropLimitExceeded) kept?.remove();
    throw error;
  }
}

/** The inputs of the run, listed once, with their current state. */
async function openInputs(
  connection: DuckDBConnection,
  options: DedupOptions,
  notice: (text: string) => void,
  signal: AbortSignal,
) {
  const listed = await openRunInput(connection, options, notice, signal);
  const metadata = await metadataSnapshot(connection, options);
  const against = await openAgainst(connection, options, notice, signal);
  const snapshots = [
    inputSnapshot(connection, listed, signal),
    ...(metadata ? [metadata] : []),
    ...(against?.snapshots ?? []),
  ];
  return { listed, metadata, against, snapshots };
}

/** Cleans up after a failed run, and returns a text about the files that remain. */
async function leftoversOf(output: OutputFolder, { connection, s3 }: Session): Promise<string | undefined> {
  await s3?.failSoon();
  const access = s3?.access;
  return output.describeLeftovers(connection, access && ((prefix, id) => abortUploads(access, prefix, id)));
}

function openOutput(target: string, options: OutputOptions): Promise<OutputFolder> {
  return isRemote(target)
    ? Promise.resolve(new RemoteOutput(target, options))
    : openLocalOutput(target, options);
}
