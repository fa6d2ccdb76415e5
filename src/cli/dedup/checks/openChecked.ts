import type { DuckDBConnection } from '@duckdb/node-api';
import { leftOutNotice, openInput, type Input } from '../input/input.ts';
import type { DedupOptions } from '../options.ts';
import { checkFolders } from './checkInput.ts';

/**
 * Lists an input, checks that the output is not in one of its folders, and prints which files are ignored.
 * @throws NearduckError (IO Error) as `openInput` and `checkFolders` do.
 */
export async function openChecked(
  connection: DuckDBConnection,
  request: Input['request'],
  options: DedupOptions,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Input> {
  const listed = await openInput(connection, request, signal);
  checkFolders(listed, options);
  const leftOut = leftOutNotice(listed);
  if (leftOut !== undefined) notice(leftOut);
  return listed;
}

/** The same for the input of a run. */
export const openRunInput = (
  connection: DuckDBConnection,
  options: DedupOptions,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Input> => {
  const { input: texts, table, array } = options;
  return openChecked(connection, { name: 'input', texts, table, array }, options, notice, signal);
};
