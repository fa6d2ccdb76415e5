import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError } from '../errors.ts';

/**
 * Writes a whole file: the new one or the one before is there at any time, after a loss of power too. It is written under
 * the name `<path>.<id>` first. A list is written piece by piece.
 * @throws NearduckError (IO Error).
 */
export function writeDurably(path: string, content: string | readonly Uint8Array[], id: string): void {
  const aside = `${path}.${id}`;
  try {
    const file = openSync(aside, 'w');
    try {
      for (const piece of typeof content === 'string' ? [content] : content) writeFileSync(file, piece);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
    syncPath(dirname(path));
  } catch (cause) {
    rmSync(aside, { force: true });
    throw ioError(`cannot write '${path}': ${(cause as Error).message}`, cause);
  }
}

/** Returns when a file, or the names in a folder, are safe from a loss of power. */
export function syncPath(path: string): void {
  // Windows syncs no folders.
  if (process.platform === 'win32') return;
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
