import type { DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../../../errors.ts';
import { formatOfAll, formatOfFolder } from './chooseFormat.ts';
import type { Format } from './formats.ts';
import { list } from './list.ts';
import { leftOutText, type Listing } from './listing.ts';
import { hasGlob, isRemote } from '../../../paths.ts';
import { withoutParameters } from './paths.ts';

/** What a run reads: a list of files of one format. */
export interface Input extends Listing {
  /** As the user named it. */
  readonly text: string;
  /** The table function or macro that reads them. */
  readonly reader: Format['reader'] | 'read_json_exactly';
}

/**
 * Lists the files of an INPUT argument.
 * @throws NearduckError (IO Error) when there is nothing to read, or files of several formats.
 */
export async function openInput(
  connection: DuckDBConnection,
  text: string,
  signal?: AbortSignal,
): Promise<Input> {
  const listing = await list(connection, text, signal);
  if (listing.files.length + listing.folders.length === 0) throw notFound(text);
  const { reader } = formatOfListing(text, listing);
  for (const { path } of listing.files) checkName(path);
  return { text, reader, ...listing };
}

/** What a folder has that is not read, for the user; undefined when all is. */
export function leftOutNotice({ text, files, leftOut }: Input): string | undefined {
  if (leftOut.length === 0) return undefined;
  const count = files.length === 1 ? '1 file' : `${files.length.toLocaleString('en-US')} files`;
  return `dedup: reads ${count} of '${text}' and leaves out ${leftOutText(leftOut)}`;
}

const notFound = (text: string): Error =>
  ioError(
    hasGlob(text)
      ? `dedup: no files found that match the pattern '${text}'`
      : `dedup: no such file or folder: '${text}'; INPUT is a file, a glob, a folder or an s3:// URL` +
          (withoutParameters(text) === text ? '' : ', and only a single file may have ?parameters'),
  );

const formatOfListing = (text: string, listing: Listing): Format =>
  listing.folders.length > 0 ? formatOfFolder(text, listing) : formatOfAll(text, listing.files);

/** DuckDB takes a backslash for a slash as soon as it looks for wildcards, and then finds another file or none. */
function checkName(path: string): void {
  if (!isRemote(path) && hasGlob(path) && path.includes('\\'))
    throw ioError(`dedup: '${path}' has both a backslash and one of *?[ in its path; rename it`);
}
