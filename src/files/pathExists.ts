import { lstatSync } from 'node:fs';

/** Returns true when a path exists. Unlike `existsSync`, also for a broken link. */
export const pathExists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
