import { quotedIdentifier, quotedString, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import type { NamedColumn } from '../columns/types.ts';
import { NearduckError, withoutStatement, messageOf } from '../errors.ts';
import { skipComments } from '../skipComments.ts';

/** A table, view, file or SELECT statement that a function reads, with its columns as described by DuckDB. */
export interface Relation {
  /** The text that the user wrote. */
  readonly text: string;
  /** The text for a FROM clause. */
  readonly from: string;
  /** Types by column name, in column order. */
  readonly columns: ReadonlyMap<string, DuckDBType>;
}

const QUERY = /^[\s(]*(?:select|from|with|values|pivot|unpivot|describe|summarize|show|table)\b/i;

/** Reads a file by its name in DuckDB, or with `read_arrow` or `read_npy`. */
function fileOf(path: string): string {
  if (/\.(?:arrow|arrows|feather|ipc)$/i.test(path)) return `read_arrow(${quotedString(path)})`;
  return /\.np[yz]$/i.test(path) ? `read_npy(${quotedString(path)})` : quotedString(path);
}

/**
 * Resolves a relation argument: a SELECT statement, a (qualified) name, a table function call, or a file
 * path.
 * @throws DuckDB's error, with the names of the function and the relation, when it does not exist.
 */
export async function describeRelation(
  connection: DuckDBConnection,
  functionName: string,
  text: string,
): Promise<Relation> {
  const trimmed = text.trim().replace(/;\s*$/, '');
  const query = QUERY.test(skipComments(trimmed));
  const file = fileOf(trimmed);
  const candidates = query ? [trimmed, ...withoutEnd(trimmed)].map((sql) => `(${sql}\n)`) : [nameOf(trimmed)];
  let first: unknown;
  for (const from of [...candidates, file]) {
    try {
      return { text, from, columns: await columnsOf(connection, from) };
    } catch (error) {
      // A text that is not a name may be a file path. Its error is then more useful than a syntax error. A
      // query rarely reaches this point. For the files of nearduck's own readers, the reader's error is best.
      const isOwnReader = from === file && file.startsWith('read_');
      const known = first !== undefined && !isOwnReader && !messageOf(first).startsWith('Parser Error');
      if (!known && !(query && from === file)) first = error;
      if (error instanceof NearduckError || !/^(?:Parser|Catalog|Binder) Error/.test(messageOf(error))) break;
    }
  }
  throw nameRelation(first, functionName, text);
}

/** A line break ends a comment at the end of the text, so that text can be appended. */
const nameOf = (text: string): string => (text.includes('--') ? `${text}\n` : text);

/** The text before a semicolon that only comments follow. Strings may hold semicolons: several candidates. */
function withoutEnd(text: string): string[] {
  const starts: string[] = [];
  for (let at = text.lastIndexOf(';'); at > 0; at = text.lastIndexOf(';', at - 1)) {
    if (skipComments(text.slice(at)) === '') starts.push(text.slice(0, at));
  }
  return starts;
}

/** Names and types of the columns of a FROM clause, in order. @throws DuckDB's error. */
export async function columnsOf(
  connection: DuckDBConnection,
  from: string,
): Promise<Map<string, DuckDBType>> {
  const statement = await connection.prepare(`SELECT * FROM ${from}`).catch((error: unknown) => {
    const isWritten = from.startsWith('(') || error instanceof NearduckError;
    throw isWritten ? error : new Error(withoutStatement(messageOf(error)), { cause: error });
  });
  try {
    const columns = new Map<string, DuckDBType>();
    for (let i = 0; i < statement.columnCount; i++)
      columns.set(statement.columnName(i), statement.columnType(i));
    return columns;
  } finally {
    statement.destroySync();
  }
}

function nameRelation(error: unknown, functionName: string, text: string): Error {
  if (error instanceof NearduckError) return error;
  const match = /^([\w ]+?) Error: ([^]*)$/.exec(messageOf(error));
  if (!match) return error as Error;
  const detail = `${functionName}: relation ${quotedString(text)}: ${match[2]}`;
  return new NearduckError(match[1], detail, { cause: error });
}

/** The columns of a relation, for an error. */
export const columnList = ({ columns }: Relation): string =>
  `its columns are ${[...columns.keys()].map(quotedIdentifier).join(', ')}`;

/** The column called `name`, ignoring case as DuckDB does. */
export function findColumn(relation: Relation, name: string): NamedColumn | undefined {
  const exact = relation.columns.get(name);
  if (exact) return { name, type: exact };
  const lower = name.toLowerCase();
  for (const [column, type] of relation.columns)
    if (column.toLowerCase() === lower) return { name: column, type };
  return undefined;
}
