import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { packagedScripts } from '../shell/packagedScript.ts';

/** Files and folders whose paths begin with `start`. Folders, and links to folders, end in `/`. */
export function pathsFrom(start: string): string[] {
  const cut = start.lastIndexOf('/') + 1;
  const typed = start.slice(0, cut);
  const folder = typed.replace(/^~(?=\/)/, homedir()) || '.';
  const isFolder = (name: string): boolean =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true;
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(start.slice(cut)) && (start.length > cut || !name.startsWith('.')))
      .map((name) => typed + name + (isFolder(name) ? '/' : ''))
      .toSorted();
  } catch {
    return [];
  }
}

/** The same with the scripts of the package. */
export function scriptsFrom(start: string): string[] {
  return [...pathsFrom(start), ...packagedScripts().filter((name) => start !== '' && name.startsWith(start))];
}
