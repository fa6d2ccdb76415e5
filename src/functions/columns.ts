import type { DuckDBType } from '@duckdb/node-api';
import type { DeclaredColumn } from '../connection/job.ts';

/** A column of a result: what documentation, typed helpers and binding make of it follows from here. */
export interface ColumnDefinition {
  readonly name: string;
  /** A type; `id`: the one of the id column; `any`, or a text such as `FLOAT[n]`: known when a call is bound. */
  readonly type: DuckDBType | string;
  /** True where some rows have NULL; default false. */
  readonly isNullable?: boolean;
  /** What documentation adds in brackets. */
  readonly note?: string;
  /** What adds the column: a parameter, one with its value (`copies := false`), or words; default: it is always there. */
  readonly with?: string;
}

/** The columns as documentation lists them: `id, score FLOAT (0: none); with rule, kept_id`. */
export function returnsOf(columns: readonly ColumnDefinition[]): string {
  const conditions = [...new Set(columns.map((column) => column.with))];
  const lists = conditions.map((condition) => {
    const list = columns.filter((column) => column.with === condition).map(textOf);
    return condition === undefined ? list.join(', ') : `with ${condition}, ${list.join(', ')}`;
  });
  return lists.join('; ');
}

function textOf({ name, type, note }: ColumnDefinition): string {
  const typed = type === 'id' || type === 'any' ? name : `${name} ${String(type)}`;
  return note === undefined ? typed : `${typed} (${note})`;
}

/**
 * The columns of a call, with those that `added` adds, as they say it in `with`; `types` has those that are known when it is
 * bound, by name.
 */
export function boundColumns(
  columns: readonly ColumnDefinition[],
  types: Readonly<Record<string, DuckDBType>>,
  added: readonly (string | false | undefined)[] = [],
): DeclaredColumn[] {
  return columns
    .filter((column) => column.with === undefined || added.includes(column.with))
    .map(({ name, type }) => ({
      name,
      type: types[name] ?? (type === 'id' ? types.id : (type as DuckDBType)),
    }));
}
