import { ioError } from '../errors.ts';
import { RUN_FILE, runFileText } from '../output/runFile.ts';
import { newId } from '../output/workspace.ts';
import { differenceBetween } from '../run/fingerprint.ts';
import { planOf } from '../run/plan.ts';
import { isS3Path } from '../session/s3/s3Path.ts';
import { checkColumns, checkFolders, checkPaths } from './dedup/checkInput.ts';
import { checkMetadata } from './dedup/checkMetadata.ts';
import { bindInput } from './dedup/input/bindInput.ts';
import { leftOutNotice, openInput } from './dedup/input/input.ts';
import { metadataSnapshot } from './dedup/input/unchanged.ts';
import { parsePlan, type PlanOptions } from './dedup/options.ts';
import { fingerprintOf } from './dedup/runFacts.ts';
import { setVariables, variablesFor } from './dedup/workflow.ts';
import { findRun, type PlannedRun } from './run/plannedRun.ts';
import { stepsText } from './run/stepsText.ts';
import { runVerb, withFolder } from './run/verb.ts';

/** `nearduck plan INPUT … --tasks N --output RUN`: writes `run.json` and prints the steps. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parsePlan(args);
  return typeof options === 'number' ? options : runVerb(() => plan(options));
}

async function plan({ tasks, ...options }: PlanOptions): Promise<string> {
  checkPaths(options);
  const s3 = [options.input, options.metadata ?? ''].some(isS3Path);
  const notice = (text: string): void => void process.stderr.write(`${text}\n`);
  return withFolder(options.output, { s3, onNotice: notice }, async (folder, session) => {
    const { connection } = session;
    const listed = await openInput(connection, options.input);
    checkFolders(listed, options);
    const leftOut = leftOutNotice(listed);
    if (leftOut !== undefined) notice(leftOut);
    const input = await bindInput(connection, listed, options.embedding);
    await setVariables(session, variablesFor(options, input, folder.path));
    await checkMetadata(session, await checkColumns(session, input, options), options, notice);
    const metadata = (await metadataSnapshot(connection, options.metadata))?.files ?? [];
    const fingerprint = await fingerprintOf(options, [...input.files, ...metadata]);
    const steps = planOf(input.files, tasks, options.clusters);
    const before = await findRun(folder);
    if (before) {
      const difference =
        differenceBetween(before.fingerprint, fingerprint) ??
        (JSON.stringify(before.plan) === JSON.stringify(steps)
          ? undefined
          : 'it has another number of tasks');
      if (difference !== undefined)
        throw ioError(`plan: '${options.output}' has another run: ${difference}; choose another folder`);
      return stepsText(folder.path, before);
    }
    if ((await folder.list('.')).length > 0)
      throw ioError(`plan: '${options.output}' is not empty; choose another folder`);
    const planned: PlannedRun = {
      tool: 'nearduck',
      id: newId(),
      planned: new Date().toISOString(),
      plan: steps,
      options,
      reader: input.reader,
      fingerprint,
      directory: process.cwd(),
      steps: [],
      files: [],
    };
    await folder.write(RUN_FILE, runFileText(planned), planned.id);
    return stepsText(folder.path, planned);
  });
}
