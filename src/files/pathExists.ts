import { lstatSync } from 'node:fs';

/** Returns true when a path exists. Unlike `existsSync`, also for a broken link. */
export const pathExists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Returns true for a symbolic link, also for a broken one. Returns false when the path cannot be examined. */
export function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
