import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';
import { makeFolders, removeEmpty } from '../files/makeFolders.ts';
import { isLink, pathExists } from '../files/pathExists.ts';
import { realPath } from '../files/realPath.ts';
import { isUnfinished, SavedSteps, removeSavedSteps } from './savedSteps.ts';
import { exchangeResults, finishExchanges, reportKeptFiles } from './exchange.ts';
import { FolderLock } from './folderLock.ts';
import type { OutputFolder, OutputOptions } from './outputFolder.ts';
import { refuseForeign, resultFiles, splitFiles } from './ownership.ts';
import { readRunFile, RUN_FILE, type RunFile } from './runFile.ts';
import {
  savedStepsFolder,
  lockPath,
  makeWorkspace,
  newId,
  removeWorkFolder,
  removeWorkspace,
  WORK_FOLDER,
  type Workspace,
} from './workspace.ts';

/** The names of the results that a run can write. */
const RESULTS = [
  'kmeans_results',
  'pairwise_results',
  'duplicates',
  'groups',
  'deduplicated',
  'extraction',
  'health',
];

/**
 * Acquires a local folder for a run. Its results appear together when all are complete: they are written to a
 * folder inside it, so that it can be a mount point, and then moved.
 * @throws NearduckError (IO Error) when it cannot be written, another run writes to it, or it contains
 * something that must not be replaced.
 */
export async function openLocalOutput(name: string, options: OutputOptions): Promise<OutputFolder> {
  const target = realTarget(name);
  const id = newId();
  const created = makeFolders(`output folder '${name}'`, join(target, WORK_FOLDER));
  let lock: FolderLock | undefined;
  try {
    lock = await FolderLock.acquire(lockPath(target), id, {
      subject: `output folder '${name}'`,
      ...options,
    });
    reportKeptFiles(finishExchanges(target), options.notice);
    const finished = options.resume && !options.overwrite ? finishedRun(name, target) : undefined;
    if (!finished) refuseTaken(name, target, options);
    refuseUnfinished(name, target, options);
    return localOutput(target, options, created, makeWorkspace(target, id, 'run'), lock, finished);
  } catch (error) {
    lock?.release();
    removeCreated(target, created);
    throw error;
  }
}

function localOutput(
  target: string,
  { overwrite, notice }: OutputOptions,
  created: readonly string[],
  workspace: Workspace,
  lock: FolderLock,
  finished: RunFile | undefined,
): OutputFolder {
  const { id, fresh } = workspace;
  let savedSteps: SavedSteps | undefined;
  return {
    target,
    path: fresh,
    temporary: workspace.temporary,
    finished,

    async prepare() {
      // The folder was checked when it was acquired.
    },

    openSavedSteps(identity) {
      savedSteps = new SavedSteps(savedStepsFolder(target), id, identity);
      if (!finished) savedSteps.check(`output folder '${target}'`);
      return savedSteps;
    },

    async commit(_connection, facts) {
      if (!lock.isHeld)
        throw ioError(
          `another run has taken over output folder '${target}', because this run was suspended for too long`,
        );
      if (!overwrite && isTaken(target))
        throw ioError(
          `other files appeared in output folder '${target}' during the run; nothing was replaced`,
        );
      const before = readRunFile(target);
      const steps = readRunFile(fresh)?.steps ?? [];
      const place = readdirSync(fresh).filter((result) => result !== RUN_FILE && result !== WORK_FOLDER);
      const retire = resultNames(before).filter((result) => !place.includes(result));
      const files = place.flatMap((result) => resultFiles(fresh, result));
      const run: RunFile = { tool: 'nearduck', id, ...facts, steps, files };
      const exchange = { place, retire, owned: before?.files ?? [], run };
      reportKeptFiles(exchangeResults(target, workspace, exchange), notice);
      savedSteps?.remove();
    },

    // Results that are not committed are removed, but finished steps are kept.
    async describeLeftovers() {
      if (!isUnfinished(savedStepsFolder(target)) || savedSteps?.areOwn === false) return undefined;
      const options = finished ? '--overwrite --resume' : '--resume';
      return `Finished steps are kept in '${target}': the same command with ${options} goes on from there.`;
    },

    discard() {
      if (lock.isHeld) removeWorkspace(workspace);
      lock.release();
      removeCreated(target, created);
    },
  };
}

/**
 * The finished run whose results are in the folder, if any.
 * @throws NearduckError (IO Error) when they were changed since. A report changes nothing.
 */
function finishedRun(name: string, target: string): RunFile | undefined {
  const run = readRunFile(target);
  if (run?.finished === undefined) return undefined;
  const later = run.steps.findLast(({ step, at }) => step !== 'report' && at > String(run.finished));
  const present = resultNames(run).filter((result) => pathExists(join(target, result)));
  const [file] = splitFiles(
    run.files,
    present.flatMap((result) => resultFiles(target, result)),
  ).foreign;
  if (!later && !file) return run;
  throw ioError(
    `output folder '${name}' exists already, and its results were changed since the run finished ` +
      `(${later ? `${later.step} at ${later.at}` : `'${file.path}' was removed or changed`}); choose another ` +
      'one, or replace its results with --overwrite',
  );
}

/** Refuses a folder with finished steps of another run, unless it may use or remove them. */
function refuseUnfinished(name: string, target: string, { overwrite, resume }: OutputOptions): void {
  const kept = savedStepsFolder(target);
  if (resume || !isUnfinished(kept)) return;
  if (!overwrite) {
    throw ioError(
      `output folder '${name}' contains an unfinished run; continue it with --resume, or start over ` +
        'with --overwrite',
    );
  }
  removeSavedSteps(kept);
}

/** The real path of an output folder. Links are followed, so they are not replaced. */
function realTarget(name: string): string {
  const path = realPath(name);
  if (existsSync(path) && !statSync(path).isDirectory())
    throw ioError(`output folder '${name}' is a file; choose another one`);
  if (isLink(path)) throw ioError(`output folder '${name}' is a broken link; remove or repair it`);
  return path;
}

function removeCreated(target: string, made: readonly string[]): void {
  removeWorkFolder(target);
  removeEmpty(made);
}

/** Returns true when the folder contains anything besides the work folder. */
const isTaken = (target: string): boolean => readdirSync(target).some((name) => name !== WORK_FOLDER);

/** The results that a run can write, and those listed in its `run.json`. */
const resultNames = (run: RunFile | undefined): string[] => [
  ...new Set([...RESULTS, ...(run?.files.map(({ path }) => path.split('/')[0]) ?? [])]),
];

/** Refuses a folder with results that may not be replaced, or that nearduck did not write. */
function refuseTaken(name: string, target: string, { overwrite }: OutputOptions): void {
  if (!isTaken(target)) return;
  if (!overwrite) {
    throw ioError(
      `output folder '${name}' exists already; choose another one, or replace its results with --overwrite`,
    );
  }
  const run = readRunFile(target);
  for (const result of resultNames(run)) refuseForeign(name, target, result, run);
}
