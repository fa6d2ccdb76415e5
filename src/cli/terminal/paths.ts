import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { packagedScripts } from '../shell/packagedScript.ts';

/** Files and folders that `start` may go on to; folders end in `/`. */
export function pathsFrom(start: string): string[] {
  const cut = start.lastIndexOf('/') + 1;
  const folder = start.slice(0, cut);
  try {
    return readdirSync(folder.replace(/^~(?=\/)/, homedir()) || '.', { withFileTypes: true })
      .filter(
        ({ name }) => name.startsWith(start.slice(cut)) && (start.length > cut || !name.startsWith('.')),
      )
      .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
      .toSorted();
  } catch {
    return [];
  }
}

/** The same, and the scripts of the package. */
export function scriptsFrom(start: string): string[] {
  return [...pathsFrom(start), ...packagedScripts().filter((name) => start !== '' && name.startsWith(start))];
}
