import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invalidInputError, ioError } from '../errors.ts';
import { realPath } from '../files/realPath.ts';
import { checkOutputPath } from './checkOutputPath.ts';
import { exchangeResults, finishExchanges, reportKeptFiles } from './exchange.ts';
import { FolderLock } from './folderLock.ts';
import { pathExists } from '../files/pathExists.ts';
import { refuseForeign, resultFiles } from './ownership.ts';
import { isRemote } from '../paths.ts';
import { readRunFile, type RunFile, type RunStep } from './runFile.ts';
import {
  lockPath,
  makeWorkFolder,
  makeWorkspace,
  newId,
  removeWorkFolder,
  removeWorkspace,
  WORK_FOLDER,
  type Workspace,
} from './workspace.ts';

/** A result that one step of a script writes to an existing output folder. */
export interface Stage {
  readonly script: string;
  readonly output: string;
  /** Name of the result: a folder, or a file. */
  readonly result: string;
  readonly isFile?: boolean;
  /** Replace an earlier result. */
  readonly overwrite: boolean;
}

/** A result that is being written. */
interface Staged {
  readonly output: string;
  readonly result: string;
  readonly workspace: Workspace;
}

/** The results that scripts of a session are writing. Each is written to a workspace until it is complete. */
export class StagedResults {
  readonly #staged = new Map<string, Staged>();
  /** Steps that wrote to an object store, where results are written directly. */
  readonly remoteSteps: RunStep[] = [];
  readonly #notice: ((text: string) => void) | undefined;

  /** `notice` receives messages for the user. */
  constructor(notice?: (text: string) => void) {
    this.#notice = notice;
  }

  /**
   * Returns the path to write a result to.
   * @throws NearduckError (IO or Invalid Input Error) when the existing result must not be replaced, or
   * another run writes to the folder.
   */
  stage({ script, output, result, overwrite, isFile = false }: Stage): string {
    checkOutputPath(output);
    if (isRemote(output)) return `${output}/${result}`;
    const folder = realPath(output);
    if (!existsSync(folder) || !statSync(folder).isDirectory())
      throw ioError(`${script}: no such output folder: '${output}'; create it first`);
    const id = newId();
    const workspace = withLock(folder, id, output, () => {
      reportKeptFiles(finishExchanges(folder), this.#notice);
      if (!overwrite && !isFree(join(folder, result))) {
        throw invalidInputError(
          `${script}: ${output}/${result} is not empty; replace it with -set overwrite=true or SET VARIABLE ` +
            'overwrite = true',
        );
      }
      refuseForeign(output, folder, result, readRunFile(folder));
      return makeWorkspace(folder, id, 'step');
    });
    const path = join(workspace.fresh, result);
    // DuckDB creates only the last folder of a path, but a result may contain folders.
    if (!isFile) mkdirSync(path);
    this.#staged.set(path, { output: folder, result, workspace });
    return path;
  }

  /**
   * Moves a result from the path that `stage` returned to its final path, and records the step in `run.json`.
   * Returns the final path.
   * @throws NearduckError (IO Error), like `stage`.
   */
  publish(path: string, script: string, facts: Readonly<Record<string, unknown>>): string {
    const step: RunStep = { step: script, at: new Date().toISOString(), ...facts };
    if (isRemote(path)) {
      this.remoteSteps.push(step);
      return path;
    }
    const staged = this.#staged.get(path);
    if (!staged) throw invalidInputError(`${script}: '${path}' was not staged in this session`);
    const { output, result, workspace } = staged;
    withLock(output, newId(), output, () => {
      const before = readRunFile(output);
      refuseForeign(output, output, result, before);
      const others = before?.files.filter((file) => file.path.split('/')[0] !== result) ?? [];
      const run: RunFile = {
        ...(before ?? { tool: 'nearduck', id: workspace.id }),
        steps: [...(before?.steps ?? []), step],
        files: [...others, ...resultFiles(workspace.fresh, result)],
      };
      const exchange = { place: [result], retire: [], owned: before?.files ?? [], run };
      reportKeptFiles(exchangeResults(output, workspace, exchange), this.#notice);
    });
    this.#staged.delete(path);
    removeWorkFolder(output);
    return join(output, result);
  }

  /** Removes the results that were not published. */
  discard(): void {
    for (const { output, workspace } of this.#staged.values()) {
      removeWorkspace(workspace);
      removeWorkFolder(output);
    }
    this.#staged.clear();
  }
}

/** Returns true when `path` does not exist or is an empty folder. */
function isFree(path: string): boolean {
  if (!pathExists(path)) return true;
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder && readdirSync(path).length === 0;
}

function withLock<T>(folder: string, id: string, name: string, body: () => T): T {
  // A run that stages its own results already holds the lock of the output folder.
  if (basename(dirname(dirname(folder))) === WORK_FOLDER) return body();
  makeWorkFolder(folder);
  const lock = FolderLock.acquireNow(lockPath(folder), id, `output folder '${name}'`);
  try {
    return body();
  } finally {
    lock.release();
    removeWorkFolder(folder);
  }
}
