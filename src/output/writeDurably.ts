import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ioError } from '../errors.ts';

/**
 * Writes a file atomically: the old or the new file exists at any time, even after a loss of power. The
 * content is first written to `<path>.<id>`.
 * @throws NearduckError (IO Error) when it cannot be written.
 */
export function writeDurably(path: string, content: string, id: string): void {
  writeAside(path, [content], id, true);
}

/** As `writeDurably`, but a loss of power may leave the file absent. @throws NearduckError (IO Error). */
export const writeWhole = (path: string, pieces: readonly Uint8Array[], id: string): void =>
  writeAside(path, pieces, id, false);

function writeAside(
  path: string,
  pieces: readonly (string | Uint8Array)[],
  id: string,
  syncsFolder: boolean,
): void {
  const aside = `${path}.${id}`;
  try {
    const file = openSync(aside, 'w');
    try {
      for (const piece of pieces) writeFileSync(file, piece);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
    if (syncsFolder) syncPath(dirname(path));
  } catch (cause) {
    rmSync(aside, { force: true });
    throw ioError(`cannot write '${path}': ${(cause as Error).message}`, cause);
  }
}

/** Waits until a file, or the names in a folder, would survive a loss of power. */
export function syncPath(path: string): void {
  // Windows cannot sync folders.
  if (process.platform === 'win32') return;
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
