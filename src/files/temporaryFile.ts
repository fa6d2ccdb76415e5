import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ioError } from '../errors.ts';

/** An open file for reading and writing; its folder goes with it. */
export interface TemporaryFile {
  readonly descriptor: number;
  readonly folder: string;
}

/** Makes an empty file in `directory`. @throws NearduckError (IO Error). */
export function openTemporary(directory: string): TemporaryFile {
  try {
    const folder = mkdtempSync(join(directory, 'nearduck-'));
    const descriptor = openSync(join(folder, 'rows'), 'w+');
    // Where the system allows it the name goes at once, so that not even kill -9 leaves the file behind.
    if (process.platform !== 'win32') rmSync(folder, { recursive: true });
    return { descriptor, folder };
  } catch (cause) {
    throw ioError(`cannot make a temporary file in ${directory}: ${(cause as Error).message}`, cause);
  }
}
