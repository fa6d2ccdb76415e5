import { lstatSync } from 'node:fs';

/** Whether a name is taken: unlike `existsSync`, by a link that leads nowhere, too. */
export const pathExists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
