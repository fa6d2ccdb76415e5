import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import { binderRefusal } from '../shell/refusal.ts';
import { columnList, findColumn } from '../../relation/relation.ts';
import { openChecked } from './checks/checkInput.ts';
import { bindInput, fromInput } from './input/bindInput.ts';
import { isDatabase } from './input/database.ts';
import type { Input } from './input/input.ts';
import type { InputFile } from './input/inputFile.ts';
import { inputSnapshot, type Snapshot } from './input/unchanged.ts';
import { isStatement, relationOf } from './metadata.ts';
import type { DedupOptions } from './options.ts';

/** The earlier rows that `--against` names. */
export interface Against {
  /** The files; undefined for a statement. */
  readonly files?: readonly InputFile[];
  readonly snapshots: readonly Snapshot[];
  /**
   * The relation that 1_load_against.sql reads, and its input if it consists of files.
   * @throws NearduckError (Binder Error) when the id or embedding column is missing.
   */
  bind(options: DedupOptions): Promise<{ readonly text: string; readonly input?: Input }>;
}

/**
 * Lists the files of `--against`; a statement is taken as it is.
 * @throws NearduckError (IO Error) as for the input; (Binder Error) for a DuckDB file, of which a statement
 * names a table.
 */
export async function openAgainst(
  connection: DuckDBConnection,
  options: DedupOptions,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Against | undefined> {
  const { against: text } = options;
  if (text === undefined) return undefined;
  if (isStatement(text))
    return { snapshots: [], bind: async (own) => ({ text: await checked(connection, text, own) }) };
  if (isDatabase(text)) {
    throw binderRefusal(
      `against '${text}' is a DuckDB database; --against takes files or a SELECT; write the table to ` +
        `Parquet first, with nearduck ${text} -c "COPY … TO 'earlier.parquet'"`,
    );
  }
  const request = { name: 'against_files', texts: [text] };
  const listed = await openChecked(connection, request, options, notice, signal);
  return {
    files: listed.files,
    snapshots: [inputSnapshot(connection, listed, signal)],
    async bind(own) {
      const input = await bindInput(connection, listed, own.embedding);
      return { text: await checked(connection, `FROM ${fromInput(input)}`, own), input };
    },
  };
}

async function checked(
  connection: DuckDBConnection,
  text: string,
  { against, ...names }: DedupOptions,
): Promise<string> {
  const relation = await relationOf(connection, text);
  for (const name of ['id', 'embedding'] as const) {
    if (findColumn(relation, names[name])) continue;
    throw binderRefusal(
      `against '${against}' has no column ${quotedIdentifier(names[name])}; ${columnList(relation)}; it ` +
        `needs the input's column names: --against also takes a SELECT, such as "SELECT … AS ` +
        `${names[name]}, … FROM …"`,
    );
  }
  return text;
}
