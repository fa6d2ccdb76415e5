import { invalidInputError, ioError } from '../errors.ts';
import { RUN_FILE, runFileText } from '../output/runFile.ts';
import { newId } from '../output/workspace.ts';
import { differenceBetween } from './run/fingerprint.ts';
import { planOf } from '../run/plan.ts';
import { checkPaths } from './dedup/checks/checkInput.ts';
import { checkSource } from './dedup/checks/checkSource.ts';
import { bindInput } from './dedup/input/bindInput.ts';
import { openChecked } from './dedup/checks/openChecked.ts';
import { metadataSnapshot } from './dedup/input/unchanged.ts';
import { fingerprintOf } from './dedup/runFacts.ts';
import { sourceOf } from './dedup/source.ts';
import { setVariables } from '../session/variables.ts';
import { variablesFor } from './dedup/workflow.ts';
import { printNotice } from './shell/errorText.ts';
import { parsePlan, type PlanOptions } from './run/planOptions.ts';
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
  return withFolder(
    options.output,
    { s3Patience: options.s3Patience, httpfs: options.httpfs, onNotice: printNotice },
    async (folder, session) => {
      const { connection } = session;
      const { input: texts, array } = options;
      const listed = await openChecked(connection, { name: 'input', texts, array }, options, printNotice);
      const input = await bindInput(connection, listed, options.embedding);
      const source = await sourceOf(connection, input, options, printNotice);
      if (source.isByPosition)
        throw invalidInputError(
          'plan: rows without ids are numbered across files; write them to Parquet with ids first',
        );
      await setVariables(session, variablesFor(source, { input, output: folder.path }));
      await checkSource(session, input, source, printNotice);
      const named = source.isOwnMetadata ? undefined : options.metadata;
      const metadata = (await metadataSnapshot(connection, named))?.files ?? [];
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
        source,
        reader: input.reader,
        readerOptions: input.readerOptions,
        fingerprint,
        directory: process.cwd(),
        steps: [],
        files: [],
      };
      await folder.write(RUN_FILE, runFileText(planned), planned.id);
      return stepsText(folder.path, planned);
    },
  );
}
