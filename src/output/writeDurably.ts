import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * Writes a whole file: the new one or the one before is there at any time, after a loss of power too. It is written under
 * the name `<path>.<id>` first.
 */
export function writeDurably(path: string, text: string, id: string): void {
  const aside = `${path}.${id}`;
  const file = openSync(aside, 'w');
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
}
