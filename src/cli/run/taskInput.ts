import type { DuckDBConnection } from '@duckdb/node-api';
import { isRemote } from '../../paths.ts';
import { setVariables, textOrNull } from '../../session/variables.ts';
import { sqlScript } from '../../sqlScripts.ts';
import { bindInput, fromInput } from '../dedup/input/bindInput.ts';
import { attachTable, databaseFiles } from '../dedup/input/database.ts';
import { readerOptionsOf, type Input, type InputRequest } from '../dedup/input/input.ts';
import { type InputFile, localFile } from '../dedup/input/inputFile.ts';
import { remoteFiles } from '../dedup/input/list.ts';
import { checkUnchanged } from '../dedup/input/unchanged.ts';
import { joinsMetadata } from '../dedup/workflow.ts';
import type { PlannedInput, PlannedRun } from './plannedRun.ts';
import type { RunFolder } from '../../run/runFolder.ts';
import type { Session } from '../../session/session.ts';
import type { DedupOptions } from '../dedup/options.ts';
import type { Source } from '../dedup/source.ts';
import type { StepTimer } from '../dedup/stepTimer.ts';

/** The reader of the planned files, with its named arguments. */
export const readerOf = ({ reader, array }: PlannedInput): Pick<Input, 'reader' | 'readerOptions'> => ({
  reader,
  readerOptions: readerOptionsOf({ array }),
});

/** Creates the view `embeddings` over the files of a task, or over all files. Returns the input. */
export async function readInput(work: TaskWork, group?: readonly number[]): Promise<Input> {
  const { connection } = work.session;
  const input = await bindFiles(work, group);
  await connection.run(sqlScript(work.source.isByPosition ? '1_load_by_position' : '1_load'));
  if (joinsMetadata(work.source)) await connection.run(sqlScript('1_join_metadata'));
  return input;
}

/**
 * Creates the view `earlier` over the files of a task, or over all files. Does nothing when the run has no
 * earlier rows.
 */
export async function readEarlier(work: TaskWork, group?: readonly number[]): Promise<void> {
  const { session, planned, options } = work;
  const { against } = planned.reads;
  if (!against) return;
  const { connection } = session;
  let text = options.against!;
  if (against.files.length > 0) {
    const request = { name: 'against_files', texts: [text] };
    const part = await partOf(connection, { ...against, request }, group);
    text = `FROM ${fromInput(await bindInput(connection, part, options.embedding))}`;
  }
  await setVariables(session, { against: textOrNull(text) });
  await connection.run(sqlScript('1_load_against'));
}

/**
 * Sets the variable `input` to the files of a task, or to all files, after checking that they match the plan.
 * Returns the input.
 */
export async function bindFiles(
  { session, planned, options }: TaskWork,
  group?: readonly number[],
): Promise<Input> {
  const { connection } = session;
  const { input: texts, table } = options;
  const { array, firstRows } = planned.reads.input;
  const request = { name: 'input', texts, table, array };
  const part = await partOf(connection, { ...planned.reads.input, request }, group);
  if (firstRows && group) {
    const [first, end] = [firstRows[group[0]], firstRows[group.at(-1)! + 1]];
    await setVariables(session, { first_row: String(first), end_row: String(end) });
    const named = [readerOptionsOf(request), `first_row := ${first}`].filter((text) => text !== undefined);
    await setVariables(session, { reader_options: textOrNull(named.join(', ')) });
  }
  if (table === undefined) return bindInput(connection, part, options.embedding);
  const attached = { ...part, table: await attachTable(connection, texts[0], table) };
  return bindInput(connection, attached, options.embedding);
}

/**
 * Selects planned files after checking that they have not changed.
 * @throws NearduckError (IO Error) when they have.
 */
async function partOf(
  connection: DuckDBConnection,
  { files: all, reader, request }: PlannedInput & { readonly request: InputRequest },
  group?: readonly number[],
): Promise<Input> {
  const files = group && request.table === undefined ? group.map((i) => all[i]) : all;
  const again = async (): Promise<readonly InputFile[]> => {
    if (request.table !== undefined) return databaseFiles(request.texts[0]);
    const now = files.map(async ({ path }) =>
      isRemote(path) ? remoteFiles(connection, path) : [localFile(path)],
    );
    return (await Promise.all(now)).flat();
  };
  await checkUnchanged([{ files, again }]);
  const text = `'${request.texts[0]}'`;
  return { request, text, files, leftOut: [], folders: [], reader, readerOptions: readerOptionsOf(request) };
}

/** The data and options of a task. */
export interface TaskWork {
  readonly folder: RunFolder;
  readonly session: Session;
  readonly planned: PlannedRun;
  /** Options of the run and of this task. */
  readonly options: DedupOptions;
  readonly source: Source;
  /** Follows the functions of a task. */
  readonly timer: StepTimer;
  /** CPU seconds that this process has spent on other tasks. */
  readonly cpuBefore: number;
}
