import { statSync } from 'node:fs';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { type InputFile, localFile } from './inputFile.ts';
import { type Listing, isHidden, type LeftOut } from './listing.ts';
import { hasGlob, isRemote, isWebPath, literalPath } from '../../../paths.ts';
import { isLocalName, withoutParameters } from './paths.ts';
import { walkFolder } from './walkFolder.ts';
import { formatOf } from './formats.ts';

/** The files or table of each INPUT argument. */
export async function listAll(
  connection: DuckDBConnection,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Listing[]> {
  const listings: Listing[] = [];
  for (const text of texts) listings.push(await list(connection, text, signal));
  return listings;
}

/**
 * The files of one INPUT argument, each listed once; none if nothing exists. A path that exists is taken
 * literally, even with wildcards in it. DuckDB expands globs.
 * @throws NearduckError (IO Error) for what cannot be listed; DuckDB's errors for a store that fails.
 */
export async function list(
  connection: DuckDBConnection,
  input: string,
  signal?: AbortSignal,
): Promise<Listing> {
  if (isRemote(input)) return remote(connection, input);
  if (isLocalName(input)) {
    if (statSync(input).isDirectory()) return walkFolder(input, signal);
    return only([localFile(input)]);
  }
  return only(hasGlob(input) ? (await matches(connection, input)).map(localFile) : []);
}

const only = (files: readonly InputFile[]): Listing => ({ files, leftOut: [], folders: [] });

async function matches(connection: DuckDBConnection, glob: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(`SELECT file FROM glob(${quotedString(glob)})`);
  return reader.getRows().map(([file]) => String(file));
}

async function remote(connection: DuckDBConnection, input: string): Promise<Listing> {
  if (isWebPath(input) || !hasGlob(input)) return remoteName(connection, input);
  // Brackets are common in names, asterisks are not: checking for one would list the whole prefix again.
  const named = input.includes('*') ? undefined : await remoteName(connection, input).catch(() => undefined);
  if (named && named.files.length + named.folders.length > 0) return named;
  return only(await remoteFiles(connection, input));
}

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
async function remoteName(connection: DuckDBConnection, path: string): Promise<Listing> {
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
