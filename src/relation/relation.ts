import { quotedIdentifier, quotedString, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { NearduckError, type ErrorClass } from '../errors.ts';

/** A table, view, file or SELECT text that a function reads, with its columns as DuckDB describes them. */
export interface Relation {
  /** As the user wrote it. */
  readonly text: string;
  /** As it stands in a FROM clause. */
  readonly from: string;
  /** Types by column name, in order. */
  readonly columns: ReadonlyMap<string, DuckDBType>;
}

const QUERY = /^[\s(]*(?:select|from|with|values|pivot|unpivot|describe|summarize|show|table)\b/i;

/** A file as DuckDB reads it by its name, or as `read_arrow` and `read_npy` do. */
function fileOf(path: string): string {
  if (/\.(?:arrow|arrows|feather|ipc)$/i.test(path)) return `read_arrow(${quotedString(path)})`;
  return /\.np[yz]$/i.test(path) ? `read_npy(${quotedString(path)})` : quotedString(path);
}

/**
 * Resolves what a user may write for a relation: SELECT text, a (qualified) name, a table function call, or a file path.
 * @throws DuckDB's own error, with the function and the relation named, when nothing of the kind exists.
 */
export async function describeRelation(
  connection: DuckDBConnection,
  functionName: string,
  text: string,
): Promise<Relation> {
  const trimmed = text.trim().replace(/;\s*$/, '');
  const query = QUERY.test(withoutComments(trimmed));
  const file = fileOf(trimmed);
  const candidates = query ? [trimmed, ...withoutEnd(trimmed)].map((sql) => `(${sql}\n)`) : [nameOf(trimmed)];
  let first: unknown;
  for (const from of [...candidates, file]) {
    try {
      return { text, from, columns: await columnsOf(connection, from) };
    } catch (error) {
      // What is no name may still be a file: then that error says more than a syntax error. A query is rarely one.
      const known = first !== undefined && !messageOf(first).startsWith('Parser Error');
      if (!known && !(query && from === file)) first = error;
      if (error instanceof NearduckError || !/^(?:Parser|Catalog|Binder) Error/.test(messageOf(error))) break;
    }
  }
  throw nameRelation(first, functionName, text);
}

/** A comment at its end must not swallow what comes after. */
const nameOf = (text: string): string => (text.includes('--') ? `${text}\n` : text);

/** The text without the blanks and comments it begins with. */
const withoutComments = (text: string): string =>
  text.replace(/^(?:[\s;]+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/u, '');

/** The text up to a semicolon with nothing but comments behind it; more than one where strings or comments hold some. */
function withoutEnd(text: string): string[] {
  const starts: string[] = [];
  for (let at = text.lastIndexOf(';'); at > 0; at = text.lastIndexOf(';', at - 1)) {
    if (withoutComments(text.slice(at)) === '') starts.push(text.slice(0, at));
  }
  return starts;
}

/** Names and types of what a FROM clause reads, in order. */
export async function columnsOf(
  connection: DuckDBConnection,
  from: string,
): Promise<Map<string, DuckDBType>> {
  const statement = await connection.prepare(`SELECT * FROM ${from}`);
  try {
    const columns = new Map<string, DuckDBType>();
    for (let i = 0; i < statement.columnCount; i++)
      columns.set(statement.columnName(i), statement.columnType(i));
    return columns;
  } finally {
    statement.destroySync();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function nameRelation(error: unknown, functionName: string, text: string): Error {
  if (error instanceof NearduckError) return error;
  const match = /^([\w ]+?) Error: ([^]*)$/.exec(messageOf(error));
  if (!match) return error as Error;
  const detail = `${functionName}: relation ${quotedString(text)}: ${match[2]}`;
  return new NearduckError(match[1] as ErrorClass, detail, { cause: error });
}

/** The columns of a relation, for an error. */
export const columnList = ({ columns }: Relation): string =>
  `its columns are ${[...columns.keys()].map(quotedIdentifier).join(', ')}`;

/** The column called `name`, as DuckDB compares names: ignoring case. */
export function findColumn(relation: Relation, name: string): { name: string; type: DuckDBType } | undefined {
  const exact = relation.columns.get(name);
  if (exact) return { name, type: exact };
  const lower = name.toLowerCase();
  for (const [column, type] of relation.columns)
    if (column.toLowerCase() === lower) return { name: column, type };
  return undefined;
}
