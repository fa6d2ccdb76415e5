import { DuckDBTypeId, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** Whole numbers of a fixed width. */
export const INTEGER_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
]);

/** These, DECIMAL and floats. */
export const NUMBER_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  ...INTEGER_TYPES,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
]);

/** True for types whose values mean the same and have the same layout. */
export function sameType(a: DuckDBType, b: DuckDBType): boolean {
  return a === b || (a.typeId === b.typeId && a.toString() === b.toString());
}

/**
 * True when a vector holds values of `type`: a scalar, or a list or an array of scalars. Comparing the members of an ENUM
 * takes time; without `members` only their number counts.
 */
export function vectorHolds(vector: duckdb.Vector, type: DuckDBType, members: boolean): boolean {
  return isType(duckdb.vector_get_column_type(vector), type, members);
}

function isType(logical: duckdb.LogicalType, type: DuckDBType, members: boolean): boolean {
  const id = duckdb.get_type_id(logical) as number;
  // Inside a query a bare NULL has a type of its own; to the outside it is an INTEGER, and has its layout.
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
