import type { DuckDBConnection } from '@duckdb/node-api';
import { Refusal } from '../../shell/refusal.ts';
import type { Input } from './input.ts';
import { changesBetween, type FileChange, type InputFile, localFile } from './inputFile.ts';
import { databaseFiles, isDatabase } from './database.ts';
import { listAll, remoteFiles } from './list.ts';
import { isRemote } from '../../../paths.ts';
import { isLocalName } from './paths.ts';
import { union } from './listing.ts';

/** The state of files when a run began to read them, to compare it later. */
export interface Snapshot {
  readonly files: readonly InputFile[];
  /** Lists them again. */
  readonly again: () => Promise<readonly InputFile[]>;
}

/** The state of the input files. */
export const inputSnapshot = (
  connection: DuckDBConnection,
  { request: { texts }, files }: Input,
  signal?: AbortSignal,
): Snapshot => ({
  files,
  again: async () =>
    isDatabase(texts[0]) ? databaseFiles(texts[0]) : union(await listAll(connection, texts, signal)).files,
});

/** The files that `--metadata` names. Undefined for a statement, and for the input itself. */
export async function metadataSnapshot(
  connection: DuckDBConnection,
  { input, metadata }: { readonly input: readonly string[]; readonly metadata?: string },
): Promise<Snapshot | undefined> {
  if (metadata === undefined || input.includes(metadata) || !(isRemote(metadata) || isLocalName(metadata)))
    return undefined;
  const again = async (): Promise<readonly InputFile[]> =>
    isRemote(metadata)
      ? remoteFiles(connection, metadata)
      : isLocalName(metadata)
        ? [localFile(metadata)]
        : [];
  return { files: await again(), again };
}

/** Files have changed since a run began. */
export class FilesChanged extends Refusal {
  constructor(detail: string, cause?: unknown) {
    super('IO', detail, { cause });
  }
}

/** Files named in an error; the others are counted. */
const NAMED = 3;

/** @throws NearduckError (IO Error) when a file was added, removed or written since the snapshot. */
export async function checkUnchanged(snapshots: readonly Snapshot[]): Promise<void> {
  const error = changedError(await changesSince(snapshots));
  if (error) throw error;
}

/** Runs `body`, and blames a change of the files for its error where there was one. */
export async function explainByChanges<T>(
  snapshots: readonly Snapshot[],
  body: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (signal?.aborted) throw error;
    // Storage that fails will fail here too; the first error says more.
    const changes = await changesSince(snapshots).catch(() => []);
    throw changedError(changes, error) ?? error;
  }
}

async function changesSince(snapshots: readonly Snapshot[]): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  for (const { files, again } of snapshots) changes.push(...changesBetween(files, await again()));
  return changes;
}

function changedError(changes: readonly FileChange[], cause?: unknown): Error | undefined {
  if (changes.length === 0) return undefined;
  const named = changes.slice(0, NAMED).map(({ path, change }) => `'${path}' ${change}`);
  const more = changes.length - named.length;
  return new FilesChanged(
    `files changed while they were read: ${named.join(', ')}` +
      `${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}; run it again when nothing writes ` +
      'to them',
    cause,
  );
}
