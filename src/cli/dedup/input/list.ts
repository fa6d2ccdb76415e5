import { statSync } from 'node:fs';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import type { InputFile } from './inputFile.ts';
import type { Listing } from './listing.ts';
import { localFile } from './localFiles.ts';
import { hasGlob, isRemote, isWebPath } from '../../../paths.ts';
import { isLocalName } from './paths.ts';
import { remoteFiles, remoteName } from './remoteFiles.ts';
import { walkFolder } from './walkFolder.ts';

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
