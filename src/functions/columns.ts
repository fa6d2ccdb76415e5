import type { DuckDBType } from '@duckdb/node-api';
import type { NamedColumn } from '../columns/types.ts';

/** A column of a result. The documentation, the typed helpers and the bind use this definition. */
export interface ColumnDefinition {
  readonly name: string;
  /** A DuckDB type, `id` for that of the id column, or `any` or `FLOAT[n]` if it is known at bind. */
  readonly type: DuckDBType | string;
  /** True when some rows have NULL. Default: false. */
  readonly isNullable?: boolean;
  /** A remark that the documentation adds in parentheses. */
  readonly note?: string;
  /** The condition that adds the column: a parameter, or `copies := false`. Default: always present. */
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

/** The columns of a call with those that `added` adds. `types`: those that are known at bind. */
export function boundColumns(
  columns: readonly ColumnDefinition[],
  types: Readonly<Record<string, DuckDBType>>,
  added: readonly (string | false | undefined)[] = [],
): NamedColumn[] {
  return columns
    .filter((column) => column.with === undefined || added.includes(column.with))
    .map(({ name, type }) => ({
      name,
      type: types[name] ?? (type === 'id' ? types.id : (type as DuckDBType)),
    }));
}
