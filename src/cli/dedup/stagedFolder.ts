import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ioError } from '../../errors.ts';
import type { OutputFolder } from './outputFolder.ts';

/** A folder that appears whole or not at all: filled under another name, then renamed. */
export class StagedFolder implements OutputFolder {
  readonly target: string;
  readonly path: string;
  readonly temporary: string;
  readonly #overwrite: boolean;
  /** Folders made for this run, outermost first. */
  readonly #made: string[] = [];

  /** @throws NearduckError (IO Error) when the target exists, is not empty and may not be replaced. */
  constructor(target: string, overwrite: boolean) {
    this.target = realTarget(target);
    this.#overwrite = overwrite;
    refuseSecond(this.target);
    if (!overwrite && isTaken(this.target)) {
      throw ioError(
        `output folder '${target}' exists already; choose another one, or replace it with --overwrite`,
      );
    }
    if (existsSync(this.target)) refuseForeign(this.target);
    this.path = `${this.target}${PARTIAL}${process.pid}`;
    this.temporary = join(this.path, '.tmp');
    try {
      for (const folder of missingFolders(this.temporary)) {
        mkdirSync(folder);
        this.#made.push(folder);
      }
    } catch (cause) {
      this.discard();
      throw ioError(`cannot make output folder '${target}': ${(cause as Error).message}`, cause);
    }
  }

  async prepare(): Promise<void> {
    // The constructor has looked already.
  }

  /** Puts the folder where it belongs; what was there goes only once the new one is in place. */
  async commit(): Promise<void> {
    rmSync(this.temporary, { recursive: true, force: true });
    const old = `${this.target}${OLD}${process.pid}`;
    const replaces = existsSync(this.target);
    if (!this.#overwrite && isTaken(this.target))
      throw ioError(`output folder '${this.target}' appeared meanwhile; nothing was replaced`);
    if (replaces) renameSync(this.target, old);
    renameSync(this.path, this.target);
    if (replaces) rmSync(old, { recursive: true, force: true });
  }

  /** Leaves nothing behind of what was not committed. */
  discard(): void {
    // Not so where a part of the path is a file.
    if (existsSync(this.path)) rmSync(this.path, { recursive: true });
    if (existsSync(this.target)) return;
    for (const folder of this.#made.toReversed()) if (isEmpty(folder)) rmdirSync(folder);
  }
}

/** The folders on the way to `path` that do not exist, outermost first. Made one by one: Node's recursive way hangs in /proc. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder) && dirname(folder) !== folder; folder = dirname(folder)) {
    missing.unshift(folder);
  }
  return missing;
}

/** Whether there is anything but an empty folder. */
const isTaken = (path: string): boolean =>
  existsSync(path) && !(statSync(path).isDirectory() && isEmpty(path));
const isEmpty = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length === 0;

/** The folder that a path stands for: links are followed, so that they stay. @throws NearduckError (IO Error). */
function realTarget(target: string): string {
  if (existsSync(target)) return realpathSync(target);
  const path = resolve(target);
  let link: boolean;
  try {
    link = lstatSync(path).isSymbolicLink();
  } catch {
    return path;
  }
  if (link) throw ioError(`output folder '${target}' is a link to nothing`);
  return path;
}

/** What a run writes: its folders, those of clusters in one of them, and DuckDB's files. */
const FOLDER = /^(?:kmeans_results|pairwise_results|duplicates|deduplicated|centroid=\d+)$/;
const FILE = /^data_\d+\.parquet$/;

/** @throws NearduckError (IO Error) when there is anything in the way that no run of ours has written. */
function refuseForeign(target: string): void {
  const foreign = statSync(target).isDirectory() ? foreignIn(target, '') : '';
  if (foreign === undefined) return;
  const what = foreign === '' ? 'is a file' : `holds '${foreign}', which is no output of nearduck`;
  throw ioError(
    `output folder '${target}' ${what}; --overwrite leaves it alone: choose another one, or remove it yourself`,
  );
}

/** The first thing in a folder, and those in it, that is not ours. */
function foreignIn(root: string, folder: string): string | undefined {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const ours = entry.isDirectory() ? FOLDER.test(entry.name) : folder !== '' && FILE.test(entry.name);
    const foreign = !ours ? path : entry.isDirectory() ? foreignIn(root, path) : undefined;
    if (foreign !== undefined) return foreign;
  }
  return undefined;
}

/** What a run on this machine adds to the target's name, before its process id. Machines may share a file system, not process ids. */
const PARTIAL = `.partial-${hostname()}-`;
/** The same for what it is about to replace. */
const OLD = `.old-${hostname()}-`;

/**
 * Clears away what runs that were killed on this machine left beside the target, and puts back what one was replacing.
 * @throws NearduckError (IO Error) when one is still under way.
 */
function refuseSecond(target: string): void {
  const parent = dirname(target);
  if (!existsSync(parent) || !statSync(parent).isDirectory()) return;
  for (const name of readdirSync(parent)) {
    const suffix = [PARTIAL, OLD].find((suffix) => name.startsWith(`${basename(target)}${suffix}`));
    const pid = suffix ? Number(name.slice(basename(target).length + suffix.length)) : NaN;
    if (!(pid > 0)) continue;
    const path = join(parent, name);
    // In a container a run may have the process id of the one before.
    if (pid !== process.pid && isAlive(pid)) {
      throw ioError(
        `another run, process ${pid}, is writing output folder '${target}'; wait for it, choose another folder, or, ` +
          `if that process is something else, remove '${path}'`,
      );
    }
    if (suffix === OLD && !existsSync(target)) renameSync(path, target);
    else rmSync(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
