import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import type { Column } from './column.ts';
import { FixedWidthColumn } from './fixedWidthColumn.ts';
import { StringColumn } from './stringColumn.ts';
import { decimalBytes, enumBytes } from './types.ts';

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

/** Bytes per value in a DuckDB vector. Returns undefined for strings and nested types. */
function widthOf(type: DuckDBType): number | undefined {
  if (type.typeId === DuckDBTypeId.DECIMAL) return decimalBytes(type.width);
  if (type.typeId === DuckDBTypeId.ENUM) return enumBytes(type.values.length);
  return WIDTHS[type.typeId];
}

/** Returns true for the types that `createColumn` supports: every scalar type except INTERVAL. */
export function isColumnType(type: DuckDBType): boolean {
  return widthOf(type) !== undefined || STRINGS.has(type.typeId);
}

/** Creates an empty column. @throws TypeError for nested types and INTERVAL. */
export function createColumn(type: DuckDBType): Column {
  const width = widthOf(type);
  if (width !== undefined) return new FixedWidthColumn(type, width);
  if (STRINGS.has(type.typeId)) return new StringColumn(type);
  throw new TypeError(`no column storage for ${type.toString()}`);
}
