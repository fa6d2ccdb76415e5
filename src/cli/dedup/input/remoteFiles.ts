import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { formatOf } from './formats.ts';
import type { InputFile } from './inputFile.ts';
import { isHidden, type LeftOut, type Listing } from './listing.ts';
import { isWebPath, literalPath } from '../../../paths.ts';
import { withoutParameters } from './paths.ts';

/**
 * The remote files that a path names or a glob matches, with sizes and times.
 * @throws DuckDB's error for a path that is not a glob and does not exist.
 */
export async function remoteFiles(connection: DuckDBConnection, path: string): Promise<InputFile[]> {
  const reader = await connection.runAndReadAll(
    `SELECT filename, size, epoch_ms(last_modified) FROM read_blob(${quotedString(path)})`,
  );
  return reader.getRows().map(([name, bytes, time]) => ({
    path: String(name),
    bytes: Number(bytes),
    ...(time === null ? {} : { modified: new Date(Number(time)).toISOString() }),
  }));
}

/** All files of a known format below a prefix of an object store, by the same rules as in a local folder. */
export async function walkPrefix(connection: DuckDBConnection, prefix: string): Promise<Listing> {
  const root = prefix.replace(/\/+$/, '');
  const files: InputFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const file of await remoteFiles(connection, `${literalPath(root)}/**`)) {
    const { path, bytes } = file;
    // An empty object that represents a folder.
    if (path.endsWith('/') && bytes === 0) continue;
    const names = path.slice(root.length + 1).split('/');
    if (names.some(isHidden)) leftOut.push({ path, reason: 'hidden' });
    else if (!formatOf(path)) leftOut.push({ path, reason: 'format' });
    else files.push(file);
  }
  return { files, leftOut, folders: [root] };
}

/**
 * The object of exactly this name, or all objects below this prefix.
 * @throws DuckDB's errors, also for an object that does not exist.
 */
export async function remoteName(connection: DuckDBConnection, path: string): Promise<Listing> {
  let failure: unknown;
  if (formatOf(path)) {
    try {
      const files = await remoteFiles(connection, literalPath(path));
      if (files.length > 0) return { files, leftOut: [], folders: [] };
    } catch (error) {
      failure = error;
    }
  }
  try {
    const isPrefix = !isWebPath(path) && withoutParameters(path) === path;
    const listing = isPrefix ? await walkPrefix(connection, path) : undefined;
    if (listing && listing.files.length + listing.leftOut.length > 0) return listing;
  } catch (error) {
    // Permission to read an object does not include permission to list others.
    failure ??= error;
  }
  if (failure !== undefined) throw failure;
  return { files: [], leftOut: [], folders: [] };
}
