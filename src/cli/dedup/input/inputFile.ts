import { statSync, type BigIntStats } from 'node:fs';
import { ioRefusal } from '../../shell/refusal.ts';

/** A file as it was when the input was listed. The shape is plain JSON, for records of a run. */
export interface InputFile {
  /** The path as listed by DuckDB or the file system; it begins with the path that the user gave. */
  readonly path: string;
  readonly bytes: number;
  /** Time of the last change in ISO 8601. Absent if a server reports none. */
  readonly modified?: string;
}

/** The change of one file between two listings. */
export interface FileChange {
  readonly path: string;
  /** `was removed`, `grew from 1,024 to 2,048 bytes`, … */
  readonly change: string;
}

/** The files that differ between two listings: by path, size and time, in the order of the first. */
export function changesBetween(before: readonly InputFile[], after: readonly InputFile[]): FileChange[] {
  const later = new Map(after.map((file) => [file.path, file]));
  const changes: FileChange[] = [];
  for (const file of before) {
    const change = changeOf(file, later.get(file.path));
    if (change !== undefined) changes.push({ path: file.path, change });
    later.delete(file.path);
  }
  for (const { path } of later.values()) changes.push({ path, change: 'was added' });
  return changes;
}

function changeOf(before: InputFile, after: InputFile | undefined): string | undefined {
  if (after === undefined) return 'was removed';
  if (after.bytes !== before.bytes) {
    const verb = after.bytes > before.bytes ? 'grew' : 'shrank';
    return (
      `${verb} from ${before.bytes.toLocaleString('en-US')} to ${after.bytes.toLocaleString('en-US')} ` +
      'bytes'
    );
  }
  if (after.modified !== before.modified) return `was modified at ${after.modified ?? 'an unknown time'}`;
  return undefined;
}

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
