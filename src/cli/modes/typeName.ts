import { type DuckDBArrayType, type DuckDBListType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';

const shortNames: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.TINYINT]: 'int8',
  [DuckDBTypeId.SMALLINT]: 'int16',
  [DuckDBTypeId.INTEGER]: 'int32',
  [DuckDBTypeId.BIGINT]: 'int64',
  [DuckDBTypeId.HUGEINT]: 'int128',
  [DuckDBTypeId.UTINYINT]: 'uint8',
  [DuckDBTypeId.USMALLINT]: 'uint16',
  [DuckDBTypeId.UINTEGER]: 'uint32',
  [DuckDBTypeId.UBIGINT]: 'uint64',
  [DuckDBTypeId.UHUGEINT]: 'uint128',
};

/** The name of a type in the header of a duckbox: `int32`, `float[]`, `decimal(18,3)`. */
export function typeName(type: DuckDBType): string {
  if (type.alias) return type.alias.toLowerCase();
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
      return `${typeName((type as DuckDBListType).valueType)}[]`;
    case DuckDBTypeId.ARRAY: {
      const array = type as DuckDBArrayType;
      return `${String(array.valueType).toLowerCase()}[${array.length}]`;
    }
    default:
      return shortNames[type.typeId] ?? barePlainNames(String(type).toLowerCase());
  }
}

/** Removes the quotes of field names that need none. */
function barePlainNames(name: string): string {
  return name.replaceAll(/"([a-z_]\w*)"/g, '$1');
}
