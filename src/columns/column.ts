import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import { FixedWidthColumn } from './fixedWidthColumn.ts';
import { StringColumn } from './stringColumn.ts';

/** Values of one scalar DuckDB type, kept in its own byte layout: ids, cluster keys and sort keys on their way through. */
export interface Column {
  readonly type: DuckDBType;
  readonly length: number;
  /** Appends the first `count` values of a vector. */
  append(vector: duckdb.Vector, count: number): void;
  isNull(row: number): boolean;
  /** Byte equality, NULL equal to NULL. */
  equals(a: number, b: number): boolean;
  /** DuckDB's ascending order; NULL last. */
  compare(a: number, b: number): number;
  /** Writes the values at `rows[start]` to `rows[start + count - 1]`, or at `start` … without `rows`, to the front of `vector`. */
  write(vector: duckdb.Vector, start: number, count: number, rows?: Int32Array): void;
  /** The value as text, for messages. */
  text(row: number): string;
  /** Only the values at `rows`, in that order. */
  take(rows: Int32Array): Column;
}

const WIDTHS: Partial<Record<DuckDBTypeId, number>> = {
  [DuckDBTypeId.BOOLEAN]: 1,
  [DuckDBTypeId.TINYINT]: 1,
  [DuckDBTypeId.UTINYINT]: 1,
  [DuckDBTypeId.SMALLINT]: 2,
  [DuckDBTypeId.USMALLINT]: 2,
  [DuckDBTypeId.INTEGER]: 4,
  [DuckDBTypeId.UINTEGER]: 4,
  [DuckDBTypeId.FLOAT]: 4,
  [DuckDBTypeId.DATE]: 4,
  [DuckDBTypeId.BIGINT]: 8,
  [DuckDBTypeId.UBIGINT]: 8,
  [DuckDBTypeId.DOUBLE]: 8,
  [DuckDBTypeId.TIME]: 8,
  [DuckDBTypeId.TIME_NS]: 8,
  [DuckDBTypeId.TIME_TZ]: 8,
  [DuckDBTypeId.TIMESTAMP]: 8,
  [DuckDBTypeId.TIMESTAMP_S]: 8,
  [DuckDBTypeId.TIMESTAMP_MS]: 8,
  [DuckDBTypeId.TIMESTAMP_NS]: 8,
  [DuckDBTypeId.TIMESTAMP_TZ]: 8,
  [DuckDBTypeId.HUGEINT]: 16,
  [DuckDBTypeId.UHUGEINT]: 16,
  [DuckDBTypeId.UUID]: 16,
};

const STRINGS = new Set([DuckDBTypeId.VARCHAR, DuckDBTypeId.BLOB, DuckDBTypeId.BIT, DuckDBTypeId.BIGNUM]);

/** Bytes a value takes in a DuckDB vector, undefined for strings and nested types. */
function widthOf(type: DuckDBType): number | undefined {
  if (type.typeId === DuckDBTypeId.DECIMAL)
    return type.width <= 4 ? 2 : type.width <= 9 ? 4 : type.width <= 18 ? 8 : 16;
  if (type.typeId === DuckDBTypeId.ENUM)
    return type.values.length <= 0x100 ? 1 : type.values.length <= 0x10000 ? 2 : 4;
  return WIDTHS[type.typeId];
}

/** True for the types `createColumn` takes: every scalar type but INTERVAL. */
export function isColumnType(type: DuckDBType): boolean {
  return widthOf(type) !== undefined || STRINGS.has(type.typeId);
}

/** @throws TypeError for nested types. */
export function createColumn(type: DuckDBType): Column {
  const width = widthOf(type);
  if (width !== undefined) return new FixedWidthColumn(type, width);
  if (STRINGS.has(type.typeId)) return new StringColumn(type);
  throw new TypeError(`no column storage for ${type.toString()}`);
}
