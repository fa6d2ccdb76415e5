import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
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
    this.target = resolve(target);
    this.#overwrite = overwrite;
    if (!overwrite && isTaken(this.target)) {
      throw ioError(
        `output folder '${target}' exists already; choose another one, or replace it with --overwrite`,
      );
    }
    if (existsSync(this.target)) refuseForeign(this.target);
    this.path = `${this.target}${ownSuffix(process.pid)}`;
    this.temporary = join(this.path, '.tmp');
    refuseSecond(this.target);
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
    const old = `${this.target}.old-${process.pid}`;
    const replaces = existsSync(this.target);
    if (!this.#overwrite && isTaken(this.target))
      throw ioError(`output folder '${this.target}' appeared meanwhile; nothing was replaced`);
    if (replaces) renameSync(this.target, old);
    renameSync(this.path, this.target);
    if (replaces) rmSync(old, { recursive: true, force: true });
  }

  /** Leaves nothing behind of what was not committed. */
  discard(): void {
    rmSync(this.path, { recursive: true, force: true });
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

/** What a run writes. */
const OWN = new Set(['kmeans_results', 'pairwise_results', 'duplicates', 'deduplicated']);

/** @throws NearduckError (IO Error) when there is anything in the way that no run of ours has written. */
function refuseForeign(target: string): void {
  const foreign = statSync(target).isDirectory() ? readdirSync(target).find((name) => !OWN.has(name)) : '';
  if (foreign === undefined) return;
  const what = foreign === '' ? 'is a file' : `holds '${foreign}', which is no output of nearduck`;
  throw ioError(
    `output folder '${target}' ${what}; --overwrite leaves it alone: choose another one, or remove it yourself`,
  );
}

/** What a run on this machine adds to the target's name. Machines may share a file system, but not process ids. */
const ownSuffix = (pid: number | ''): string => `.partial-${hostname()}-${pid}`;

/**
 * Removes what runs that were killed on this machine left beside the target.
 * @throws NearduckError (IO Error) when one is still under way.
 */
function refuseSecond(target: string): void {
  const parent = dirname(target);
  if (!existsSync(parent)) return;
  const prefix = `${basename(target)}${ownSuffix('')}`;
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN;
    if (!(pid > 0)) continue;
    const path = join(parent, name);
    // In a container a run may have the process id of the one before.
    if (pid !== process.pid && isAlive(pid)) {
      throw ioError(
        `another run, process ${pid}, is writing output folder '${target}'; wait for it, choose another folder, or, ` +
          `if that process is something else, remove '${path}'`,
      );
    }
    rmSync(path, { recursive: true, force: true });
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
