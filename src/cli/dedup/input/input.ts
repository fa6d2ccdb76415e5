import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal, ioRefusal } from '../../shell/refusal.ts';
import { formatOfAll, formatOfFolder, sameFormat, type Format, checkSupported } from './formats.ts';
import { attachTable, databaseFiles, isDatabase } from './database.ts';
import { listAll } from './list.ts';
import { leftOutText, type Listing, union } from './listing.ts';
import { hasGlob, isRemote } from '../../../paths.ts';
import { withoutParameters } from './paths.ts';

/** The input that the user requests. */
export interface InputRequest {
  /** Name of the variable that its files are bound to. */
  readonly name: string;
  /** Paths, globs, folders or URLs, one or more. */
  readonly texts: readonly string[];
  /** The table of a DuckDB file. */
  readonly table?: string;
  /** The array of `.npz` files. */
  readonly array?: string;
}

/** The input of a run: a list of files of one format, or a table. */
export interface Input extends Listing {
  readonly request: InputRequest;
  /** The user's name for it, in quotes: `'a.parquet'`, `'a.parquet' and 2 more`. */
  readonly text: string;
  /** The table function or macro that reads it. */
  readonly reader: Format['reader'] | 'read_json_exactly' | 'query_table';
  /** Its named arguments, as SQL. */
  readonly readerOptions?: string;
  /** The full name of a table that is attached. */
  readonly table?: string;
}

/**
 * Lists the files of INPUT arguments, or attaches the DuckDB file that they name.
 * @throws NearduckError (IO Error) when there are no files, or files of several formats; (Not Implemented
 * Error) for a known format that is not supported; (Binder Error) for an option that does not fit the input.
 */
export async function openInput(
  connection: DuckDBConnection,
  request: InputRequest,
  signal?: AbortSignal,
): Promise<Input> {
  const { texts, table, array } = request;
  const text = inputText(texts);
  const database = texts.find(isDatabase);
  if (database !== undefined) return openDatabase(connection, request, database);
  if (table !== undefined)
    throw binderRefusal(`--table is for DuckDB files (.duckdb), and ${text} is not one`);
  for (const path of texts) checkSupported(path);
  const listings = await listAll(connection, texts, signal);
  const formats = listings.map((listing, i) => ({
    text: texts[i],
    format: formatOfListing(texts[i], listing),
  }));
  const { reader } = sameFormat(formats);
  if (array !== undefined && reader !== 'read_npy')
    throw binderRefusal(`--array is for .npz files, and ${text} is not one`);
  const listing = union(listings);
  for (const { path } of listing.files) checkName(path);
  return { request, text, reader, readerOptions: readerOptionsOf(request), ...listing };
}

/** The named arguments that the table function of an input takes, as SQL. */
export const readerOptionsOf = ({ array }: Pick<InputRequest, 'array'>): string | undefined =>
  array === undefined ? undefined : `array_name := ${quotedString(array)}`;

/** `'a'`, `'a' and 2 more`. */
const inputText = ([first, ...others]: readonly string[]): string =>
  others.length === 0 ? `'${first}'` : `'${first}' and ${others.length.toLocaleString('en-US')} more`;

async function openDatabase(
  connection: DuckDBConnection,
  request: InputRequest,
  path: string,
): Promise<Input> {
  if (request.texts.length > 1)
    throw binderRefusal(`'${path}' is a DuckDB database and must be the only input; name one input`);
  const table = await attachTable(connection, path, request.table);
  const files = databaseFiles(path);
  return { request, text: `'${path}'`, reader: 'query_table', table, files, leftOut: [], folders: [] };
}

/** Describes the files of a folder that are not read, for the user. Returns undefined when all are read. */
export function leftOutNotice({ text, files, leftOut }: Input): string | undefined {
  if (leftOut.length === 0) return undefined;
  const count = files.length === 1 ? '1 file' : `${files.length.toLocaleString('en-US')} files`;
  return `reads ${count} of ${text} and leaves out ${leftOutText(leftOut)}`;
}

const notFound = (text: string): Error =>
  ioRefusal(
    hasGlob(text)
      ? `no files found that match the pattern '${text}'`
      : `no such file or folder: '${text}'; INPUT is files, globs, folders, s3:// URLs or a DuckDB ` +
          'database' +
          (withoutParameters(text) === text ? '' : ', and only a single file may have ?parameters'),
  );

function formatOfListing(text: string, listing: Listing): Format {
  if (listing.files.length + listing.folders.length === 0) throw notFound(text);
  return listing.folders.length > 0 ? formatOfFolder(text, listing) : formatOfAll(text, listing.files);
}

/** In a path with wildcards, DuckDB reads a backslash as a slash, and then finds another file or none. */
function checkName(path: string): void {
  if (!isRemote(path) && hasGlob(path) && path.includes('\\'))
    throw ioRefusal(`'${path}' has both a backslash and one of *?[ in its path; rename it`);
}
