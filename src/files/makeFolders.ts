import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError } from '../errors.ts';

/**
 * Creates the missing folders of `path` and returns them, outermost first. They are created one by one:
 * Node's recursive option hangs in /proc, and reports a read-only disk as a missing folder. Errors call the
 * path `name`.
 * @throws NearduckError (IO Error). No created folder is left behind.
 */
export function makeFolders(name: string, path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder) && dirname(folder) !== folder; folder = dirname(folder))
    missing.unshift(folder);
  const made: string[] = [];
  try {
    for (const folder of missing) if (makeFolder(folder)) made.push(folder);
    return made;
  } catch (cause) {
    removeEmpty(made);
    throw ioError(`cannot create ${name}: ${(cause as Error).message}`, cause);
  }
}

/** Returns false when another process has just created the folder. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Removes the folders that are empty, innermost first. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed())
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
