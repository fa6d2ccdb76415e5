import { statSync, type BigIntStats } from 'node:fs';
import { ioRefusal } from '../../shell/refusal.ts';
import type { InputFile } from './inputFile.ts';

/** Nanoseconds of one millisecond. */
const NANOSECONDS_PER_MS = 1_000_000n;

/**
 * A local file, links followed.
 * @throws NearduckError (IO Error) when it does not exist, or is a pipe or a device: opening a pipe waits for
 * a writer.
 */
export function localFile(path: string): InputFile {
  const stats = statOf(path);
  if (!stats.isFile()) throw ioRefusal(`'${path}' is not a regular file; copy its content to a file first`);
  return fileFrom(path, stats);
}

/** The target of a path. @throws NearduckError (IO Error) when it does not exist. */
export function statOf(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (cause) {
    throw ioRefusal(`cannot read '${path}': ${(cause as Error).message}`, cause);
  }
}

/** Describes a local file. `modified` is its time of change in ISO 8601 format, with nanoseconds. */
export function fileFrom(path: string, { size, mtimeNs }: BigIntStats): InputFile {
  // A Date has a resolution of milliseconds. A file written twice within one differs in the digits after it.
  const fraction = String(mtimeNs % NANOSECONDS_PER_MS).padStart(6, '0');
  const modified = new Date(Number(mtimeNs / NANOSECONDS_PER_MS)).toISOString().replace('Z', `${fraction}Z`);
  return { path, bytes: Number(size), modified };
}
