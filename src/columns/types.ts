import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** The name and type of a column. */
export interface NamedColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** The ids of types by their names. */
export const typeIds = (...names: (keyof typeof DuckDBTypeId)[]): DuckDBTypeId[] =>
  names.map((name) => DuckDBTypeId[name]);

/** Integer types of fixed width. */
export const INTEGER_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  ...typeIds('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT'),
  ...typeIds('UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'UHUGEINT'),
]);

/** Integer types of fixed width, DECIMAL and floating-point types. */
export const NUMBER_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  ...INTEGER_TYPES,
  ...typeIds('DECIMAL', 'FLOAT', 'DOUBLE'),
]);

/** Bytes per DECIMAL value in a DuckDB vector; `digits` is the width of the type. */
export const decimalBytes = (digits: number): 2 | 4 | 8 | 16 =>
  digits <= 4 ? 2 : digits <= 9 ? 4 : digits <= 18 ? 8 : 16;

/** Bytes per ENUM value in a DuckDB vector. */
export const enumBytes = (members: number): 1 | 2 | 4 => (members <= 0x100 ? 1 : members <= 0x10000 ? 2 : 4);

/** Returns true for types that have the same meaning and layout. */
export function sameType(a: DuckDBType, b: DuckDBType): boolean {
  return a === b || (a.typeId === b.typeId && a.toString() === b.toString());
}

/**
 * Returns true when a vector holds values of `type`, which may be a scalar, or a list or array of scalars.
 * Comparing the members of an ENUM is slow; without `members` only their number is compared.
 */
export function vectorHolds(vector: duckdb.Vector, type: DuckDBType, members: boolean): boolean {
  return isType(duckdb.vector_get_column_type(vector), type, members);
}

function isType(logical: duckdb.LogicalType, type: DuckDBType, members: boolean): boolean {
  const id = duckdb.get_type_id(logical) as number;
  // Inside a query, a bare NULL has the type SQLNULL. Outside it is reported as INTEGER and has the layout of
  // INTEGER.
  if (id === (DuckDBTypeId.SQLNULL as number)) return type.typeId === DuckDBTypeId.INTEGER;
  if (id !== (type.typeId as number)) return false;
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL:
      return duckdb.decimal_width(logical) === type.width && duckdb.decimal_scale(logical) === type.scale;
    case DuckDBTypeId.ENUM: {
      const { values } = type;
      if (duckdb.enum_dictionary_size(logical) !== values.length) return false;
      return !members || values.every((value, i) => duckdb.enum_dictionary_value(logical, i) === value);
    }
    case DuckDBTypeId.LIST:
      return isType(duckdb.list_type_child_type(logical), type.valueType, members);
    case DuckDBTypeId.ARRAY:
      return (
        duckdb.array_type_array_size(logical) === type.length &&
        isType(duckdb.array_type_child_type(logical), type.valueType, members)
      );
    default:
      return true;
  }
}
