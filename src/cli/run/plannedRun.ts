import { existsSync } from 'node:fs';
import { ioError } from '../../errors.ts';
import { parseJson } from '../../files/parseJson.ts';
import { isFileList, RUN_FILE, type RunFile } from '../../output/runFile.ts';
import { LAYOUT, type Fingerprint } from './fingerprint.ts';
import { isPlan, type Plan } from '../../run/plan.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import type { Input } from '../dedup/input/input.ts';
import type { Source } from '../dedup/source.ts';

/** The files that are read, and their reader. */
export interface PlannedInput extends Pick<Input, 'files' | 'reader'> {
  /** The array of `.npz` files. */
  readonly array?: string;
  /** For NumPy files: the number of the first row of each file, then the number of all rows. */
  readonly firstRows?: readonly number[];
}

/** The contents of `run.json` that `plan` writes and all tasks read. */
export interface PlannedRun extends RunFile {
  readonly plan: Plan;
  readonly source: Source;
  readonly fingerprint: Fingerprint;
  /** The input, and the input of earlier rows. */
  readonly reads: { readonly input: PlannedInput; readonly against?: PlannedInput };
  /** The directory in which `plan` ran. Paths are relative to it. */
  readonly directory: string;
  /** The time at which the last step ended, in ISO 8601 format. */
  readonly finished?: string;
  /** The prefix of the results on an object store. */
  readonly results?: string;
}

/**
 * Reads the run of a folder.
 * @throws NearduckError (IO Error) when there is none, or another build of nearduck planned it, whose tasks
 * wrote other files.
 */
export async function readRun(folder: RunFolder): Promise<PlannedRun> {
  const run = await findRun(folder);
  if (run && run.finished === undefined && run.fingerprint.layout !== LAYOUT)
    throw ioError(
      `another build of nearduck planned the run in '${folder.path}', and its files differ; run its tasks with ` +
        'that build, or plan the run again in another folder',
    );
  if (run) return run;
  throw ioError(
    `no planned run in '${folder.path}'; nearduck plan INPUT --tasks N --output '${folder.path}' creates one`,
  );
}

/**
 * Reads the run of a folder. Returns undefined when there is none, or it was not planned.
 * @throws NearduckError (IO Error) when it is damaged.
 */
export async function findRun(folder: RunFolder): Promise<PlannedRun | undefined> {
  const text = await folder.read(RUN_FILE);
  if (text === undefined) return undefined;
  const run = parseJson(text) as Partial<PlannedRun> | null | undefined;
  if (run?.tool === 'nearduck' && run.plan === undefined) return undefined;
  if (isPlanned(run)) return run;
  throw ioError(
    `'${folder.pathOf(RUN_FILE)}', which lists the run's tasks, is damaged; plan the run again in ` +
      'another folder',
  );
}

/**
 * Checks a `run.json`. Job names, file names and shell lines contain the id and the steps, so they must come
 * from nearduck.
 */
const isPlanned = (run: Partial<PlannedRun> | null | undefined): run is PlannedRun =>
  run?.tool === 'nearduck' &&
  /^[\w-]+$/.test(String(run.id)) &&
  typeof run.source?.options === 'object' &&
  Array.isArray(run.source.options.input) &&
  isFileList(run.fingerprint?.files) &&
  isInput(run.reads?.input) &&
  (run.reads.against === undefined || isInput(run.reads.against)) &&
  isPlan(run.plan, run.reads.input.files.length, run.reads.against?.files.length ?? 0) &&
  typeof run.directory === 'string';

/**
 * A task makes SQL of these: of a run.json from elsewhere it must execute no more than the options of dedup
 * can say.
 */
const isInput = (input: Partial<PlannedInput> | undefined): input is PlannedInput =>
  isFileList(input?.files) &&
  /^\w+$/.test(String(input.reader)) &&
  ['undefined', 'string'].includes(typeof input.array) &&
  (input.firstRows ?? []).every((row) => Number.isSafeInteger(row));

/** Changes to the directory that the paths of the run are relative to, if it exists on this machine. */
export function enterDirectory({ directory }: PlannedRun): void {
  if (existsSync(directory)) process.chdir(directory);
}
