import { DuckDBTypeId as Id } from '@duckdb/node-api';
import type * as duck from '@duckdb/node-api';
import { INTEGER_TYPES } from '../../columns/types.ts';
import { jsonNumber, withPoint } from './numbers.ts';
import { valueText } from './text.ts';

/**
 * A column value as DuckDB's shell writes it in JSON: wide integers and DECIMAL as strings at the top, as
 * numbers inside nested values. NaN and infinities become strings, because bare they are not JSON.
 */
export function valueJson(value: duck.DuckDBValue, type: duck.DuckDBType, timeZone: string): string {
  if (value !== null && wideNumbers.has(type.typeId)) return JSON.stringify(valueText(value, type, timeZone));
  return nestedJson(value, type, timeZone);
}

const wideNumbers: ReadonlySet<Id> = new Set([Id.UBIGINT, Id.HUGEINT, Id.UHUGEINT, Id.BIGNUM, Id.DECIMAL]);
const bare: ReadonlySet<Id> = new Set([Id.BOOLEAN, ...INTEGER_TYPES, Id.BIGNUM]);

function nestedJson(value: duck.DuckDBValue, type: duck.DuckDBType, timeZone: string): string {
  if (value === null) return 'null';
  if (bare.has(type.typeId)) return String(value);
  const member = (name: string, item: duck.DuckDBValue, itemType: duck.DuckDBType): string =>
    `${JSON.stringify(name)}:${nestedJson(item, itemType, timeZone)}`;
  switch (type.typeId) {
    case Id.FLOAT:
    case Id.DOUBLE:
      return jsonNumber(value as number);
    case Id.DECIMAL:
      return withPoint(String(value));
    case Id.LIST:
    case Id.ARRAY: {
      const { items } = value as duck.DuckDBListValue;
      return `[${items.map((item) => nestedJson(item, type.valueType, timeZone)).join(',')}]`;
    }
    case Id.STRUCT: {
      const { entries } = value as duck.DuckDBStructValue;
      return object(
        type.entryNames.map((name, i) => member(name, entries[name] ?? null, type.entryTypes[i])),
      );
    }
    case Id.MAP: {
      const { entries } = value as duck.DuckDBMapValue;
      const nameOf = (key: duck.DuckDBValue): string =>
        key === null ? 'null' : valueText(key, type.keyType, timeZone);
      return object(entries.map(({ key, value: item }) => member(nameOf(key), item, type.valueType)));
    }
    case Id.UNION: {
      const { tag, value: item } = value as duck.DuckDBUnionValue;
      return object([member(tag, item, type.memberTypeForTag(tag))]);
    }
    default:
      // Line breaks, which JSON Lines cannot have, are always between tokens of JSON.
      return type.alias === 'JSON'
        ? String(value).replaceAll(/[\r\n]+/g, ' ')
        : JSON.stringify(valueText(value, type, timeZone));
  }
}

const object = (members: readonly string[]): string => `{${members.join(',')}}`;
