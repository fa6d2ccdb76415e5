import { quotedIdentifier, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderError } from '../../errors.ts';
import { columnList, columnsOf, findColumn } from '../../relation/relation.ts';
import { checkFolders } from './checkInput.ts';
import { bindInput, fromInput } from './input/bindInput.ts';
import { leftOutNotice, openInput } from './input/input.ts';
import { inputSnapshot, type Snapshot } from './input/unchanged.ts';
import { isStatement } from './metadata.ts';
import type { DedupOptions } from './options.ts';

/** The variable that the files of `--against` are bound to. */
const VARIABLE = 'against_files';

/** The earlier rows that `--against` names. */
export interface Against {
  /** The files, where it names files. */
  readonly snapshots: readonly Snapshot[];
  /**
   * What 1_load_against.sql reads.
   * @throws NearduckError (Binder Error) when the id or embedding column is not there.
   */
  bind(): Promise<string>;
}

/**
 * Lists the files of `--against`; a statement is taken as it is.
 * @throws NearduckError (IO Error) as for the input.
 */
export async function openAgainst(
  connection: DuckDBConnection,
  options: DedupOptions,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Against | undefined> {
  const { against: text } = options;
  if (text === undefined) return undefined;
  if (isStatement(text)) return { snapshots: [], bind: () => checked(connection, text, options) };
  const listed = await openInput(connection, text, signal);
  checkFolders(listed, options);
  const leftOut = leftOutNotice(listed);
  if (leftOut !== undefined) notice(leftOut);
  return {
    snapshots: [inputSnapshot(connection, listed, signal)],
    async bind() {
      const input = await bindInput(connection, listed, options.embedding, VARIABLE);
      return checked(connection, `FROM ${fromInput(input, VARIABLE)}`, options);
    },
  };
}

async function checked(
  connection: DuckDBConnection,
  text: string,
  { against, ...names }: DedupOptions,
): Promise<string> {
  const [[from]] = (await connection.runAndReadAll(`SELECT from_text(${quotedString(text)})`)).getRows();
  const relation = { text, from: String(from), columns: await columnsOf(connection, String(from)) };
  for (const name of ['id', 'embedding'] as const) {
    if (findColumn(relation, names[name])) continue;
    throw binderError(
      `dedup: against '${against}' has no column ${quotedIdentifier(names[name])}; ${columnList(relation)}; ` +
        `they are named as those of the input: --against takes a SELECT too, such as "SELECT … AS ${names[name]}, … FROM …"`,
    );
  }
  return text;
}
