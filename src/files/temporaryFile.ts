import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';

/** A temporary file, open for reading and writing. Its folder is removed with it. */
export interface TemporaryFile {
  readonly descriptor: number;
  readonly folder: string;
}

/** Creates an empty file in `directory`. @throws NearduckError (IO Error). */
export function openTemporary(directory: string): TemporaryFile {
  try {
    const folder = mkdtempSync(join(directory, 'nearduck-'));
    const descriptor = openSync(join(folder, 'rows'), 'w+');
    // Where the system allows it, remove the name at once: not even kill -9 leaves the file behind then.
    if (process.platform !== 'win32') rmSync(folder, { recursive: true });
    return { descriptor, folder };
  } catch (cause) {
    throw ioError(`cannot create a temporary file in ${directory}: ${(cause as Error).message}`, cause);
  }
}
