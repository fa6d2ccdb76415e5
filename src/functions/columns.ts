import type { DuckDBType } from '@duckdb/node-api';
import type { DeclaredColumn } from '../connection/job.ts';

/** A column of a result. The documentation, the typed helpers and the bind use this definition. */
export interface ColumnDefinition {
  readonly name: string;
  /**
   * A DuckDB type, `id` for the type of the id column, or `any` or a text such as `FLOAT[n]` for a type that
   * is known when a call is bound.
   */
  readonly type: DuckDBType | string;
  /** True when some rows have NULL. Default: false. */
  readonly isNullable?: boolean;
  /** A remark that the documentation adds in parentheses. */
  readonly note?: string;
  /**
   * The condition that adds the column: a parameter, a parameter with its value (`copies := false`), or
   * words. Default: the column is always present.
   */
  readonly with?: string;
}

/** The columns as documentation text: `id, score FLOAT (0: none); with rule, kept_id`. */
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
 * The columns of a call, with those that `added` adds, as they say it in `with`; `types` has those that are
 * known when it is bound, by name.
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
