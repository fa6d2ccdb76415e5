import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { ioError } from '../errors.ts';

/**
 * Writes a whole file: the new one or the one before is there at any time, after a loss of power too. It is written under
 * the name `<path>.<id>` first.
 * @throws NearduckError (IO Error).
 */
export function writeDurably(path: string, text: string, id: string): void {
  const aside = `${path}.${id}`;
  try {
    const file = openSync(aside, 'w');
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (cause) {
    rmSync(aside, { force: true });
    throw ioError(`cannot write '${path}': ${(cause as Error).message}`, cause);
  }
}
