import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import type { Column } from './column.ts';
import { FixedWidthColumn } from './fixedWidthColumn.ts';
import { StringColumn } from './stringColumn.ts';
import { decimalBytes, enumBytes, typeIds } from './types.ts';

/** Types by bytes per value. */
const BY_WIDTH: Readonly<Record<number, readonly DuckDBTypeId[]>> = {
  1: typeIds('BOOLEAN', 'TINYINT', 'UTINYINT'),
  2: typeIds('SMALLINT', 'USMALLINT'),
  4: typeIds('INTEGER', 'UINTEGER', 'FLOAT', 'DATE'),
  8: [
    ...typeIds('BIGINT', 'UBIGINT', 'DOUBLE', 'TIME', 'TIME_NS', 'TIME_TZ', 'TIMESTAMP_TZ'),
    ...typeIds('TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'),
  ],
  16: typeIds('HUGEINT', 'UHUGEINT', 'UUID'),
};

const STRINGS = new Set(typeIds('VARCHAR', 'BLOB', 'BIT', 'BIGNUM'));

/** Bytes per value in a DuckDB vector. Returns undefined for strings and nested types. */
function widthOf(type: DuckDBType): number | undefined {
  if (type.typeId === DuckDBTypeId.DECIMAL) return decimalBytes(type.width);
  if (type.typeId === DuckDBTypeId.ENUM) return enumBytes(type.values.length);
  const found = Object.entries(BY_WIDTH).find(([, ids]) => ids.includes(type.typeId));
  return found && Number(found[0]);
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
