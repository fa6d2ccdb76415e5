import { LocalOutput } from '../output/localOutput.ts';
import type { OutputFolder, OutputOptions } from '../output/outputFolder.ts';
import { RemoteOutput } from '../output/remoteOutput.ts';
import type { KeptRun } from '../run/keptRun.ts';
import { isRemote } from '../paths.ts';
import { isS3Path } from '../session/s3/s3Path.ts';
import { Session } from '../session/session.ts';
import { checkColumns, checkFolders, checkPaths } from './dedup/checkInput.ts';
import { checkMetadata } from './dedup/checkMetadata.ts';
import { bindInput } from './dedup/input/bindInput.ts';
import { leftOutNotice, openInput } from './dedup/input/input.ts';
import {
  blamingChanges,
  checkUnchanged,
  FilesChanged,
  inputSnapshot,
  metadataSnapshot,
} from './dedup/input/unchanged.ts';
import { asOptions, parseDedup, type DedupOptions } from './dedup/options.ts';
import { fingerprintOf, runFacts } from './dedup/runFacts.ts';
import { StepTimer } from './dedup/stepTimer.ts';
import { findingsOf, summaryText, type Findings } from './dedup/summary.ts';
import { runWorkflow, scriptsFor, setVariables, variablesFor } from './dedup/workflow.ts';
import { ProgressLine } from './progressLine.ts';
import { errorText, printable } from './shell/errorText.ts';

const INTERRUPTED = 130;
const INTERRUPT_MILLISECONDS = 100;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `nearduck dedup INPUT …`: exit code 0 when everything asked for was written. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseDedup(args);
  if (typeof options === 'number') return options;
  const progress = new ProgressLine({ stream: process.stderr });
  const interruption = new AbortController();
  // The second one ends the process: the next run clears up behind it.
  const interrupt = (): void =>
    interruption.signal.aborted ? process.exit(INTERRUPTED) : interruption.abort();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    process.stdout.write(await dedup(options, progress, interruption.signal));
    return 0;
  } catch (error) {
    progress.clear();
    process.stderr.write(
      interruption.signal.aborted
        ? `Interrupted${isRemote(options.output) ? '' : '; nothing was written'}.\n`
        : `${asOptions(errorText(error))}\n`,
    );
    return interruption.signal.aborted ? INTERRUPTED : 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

/** Runs the workflow and returns the summary. */
async function dedup(options: DedupOptions, progress: ProgressLine, signal: AbortSignal): Promise<string> {
  const start = performance.now();
  checkPaths(options);
  const timer = new StepTimer();
  let interrupting: NodeJS.Timeout | undefined;
  const notice = (text: string): void => {
    progress.clear();
    process.stderr.write(`${printable(text)}\n`);
  };
  let kept: KeptRun | undefined;
  const output = await openOutput(options.output, { ...options, signal, notice });
  try {
    await using session = await Session.open({
      backend: options.backend,
      s3: [options.input, options.output, options.metadata ?? ''].some(isS3Path),
      memoryLimit: options.memoryLimit,
      config: {
        temp_directory: output.temporary,
        ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
        ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      },
      onProgress(event) {
        timer.onProgress(event);
        progress.update(event);
      },
      onNotice: notice,
    });
    // Again and again: between two statements there is nothing to interrupt.
    signal.addEventListener('abort', () => {
      session.connection.interrupt();
      interrupting = setInterval(() => session.connection.interrupt(), INTERRUPT_MILLISECONDS);
    });
    await output.prepare(session.connection);
    const { connection } = session;
    const listed = await openInput(connection, options.input, signal);
    checkFolders(listed, options);
    const leftOut = leftOutNotice(listed);
    if (leftOut !== undefined) notice(leftOut);
    const metadata = await metadataSnapshot(connection, options.metadata);
    const snapshots = [inputSnapshot(connection, listed, signal), ...(metadata ? [metadata] : [])];
    kept = output.keepSteps(
      await fingerprintOf(
        options,
        snapshots.flatMap(({ files }) => files),
      ),
    );
    connection.settings.set('checkpoint', kept);
    const work = async (): Promise<Findings> => {
      const input = await bindInput(connection, listed, options.embedding);
      await setVariables(session, variablesFor(options, input, output.path));
      await checkMetadata(session, await checkColumns(session, input, options), options, notice);
      await runWorkflow(session, scriptsFor(options), snapshots, timer);
      return findingsOf(session, options, timer.done('read rows'));
    };
    const findings = await blamingChanges(snapshots, work, signal);
    const seconds = (performance.now() - start) / 1000;
    const facts = await runFacts(session, options, {
      input: listed.files,
      kept,
      findings,
      seconds,
      steps: timer.seconds,
    });
    const summary = await summaryText(session, options, { findings, seconds, timer, target: output.target });
    await session.ensureS3();
    await checkUnchanged(snapshots);
    signal.throwIfAborted();
    await output.commit(connection, facts, session.results.remoteSteps);
    return summary;
  } catch (error) {
    // Steps of files that are no longer there are of no use.
    if (error instanceof FilesChanged) kept?.remove();
    if (output.remains) notice(output.remains);
    throw error;
  } finally {
    clearInterval(interrupting);
    progress.clear();
    output.discard();
  }
}

function openOutput(target: string, options: OutputOptions): Promise<OutputFolder> {
  return isRemote(target)
    ? Promise.resolve(new RemoteOutput(target, options))
    : LocalOutput.open(target, options);
}
