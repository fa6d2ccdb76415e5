import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError } from '../errors.ts';

/**
 * Makes the folders on the way to `path` that do not exist; returns them, outermost first. One by one: Node's recursive way hangs in
 * /proc, and calls a disk that is read-only a folder that is not there. `name` is what the error calls the path.
 * @throws NearduckError (IO Error), after which none of them is there.
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
    throw ioError(`cannot make ${name}: ${(cause as Error).message}`, cause);
  }
}

/** False where another process has just made it. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Removes those of the folders that are empty, the innermost first. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed())
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
