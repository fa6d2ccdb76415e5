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
