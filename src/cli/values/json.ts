import {
  type DuckDBArrayType,
  type DuckDBArrayValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { INTEGER_TYPES } from '../../columns/types.ts';
import { jsonNumber } from './numbers.ts';
import { valueText } from './text.ts';

/**
 * A column value as DuckDB's shell writes it in JSON: wide integers and DECIMAL as strings at the top, as
 * numbers inside nested values. NaN and infinities become strings, because bare they are not JSON.
 */
export function valueJson(value: DuckDBValue, type: DuckDBType, timeZone: string): string {
  if (value !== null && wideNumbers.has(type.typeId)) return JSON.stringify(valueText(value, type, timeZone));
  return nestedJson(value, type, timeZone);
}

const wideNumbers: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.BIGNUM,
  DuckDBTypeId.DECIMAL,
]);

const integers: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  ...INTEGER_TYPES,
  DuckDBTypeId.BIGNUM,
]);

function nestedJson(value: DuckDBValue, type: DuckDBType, timeZone: string): string {
  if (value === null) return 'null';
  if (integers.has(type.typeId)) return String(value);
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return jsonNumber(value as number);
    case DuckDBTypeId.DECIMAL: {
      const text = String(value);
      return text.includes('.') ? text : `${text}.0`;
    }
    case DuckDBTypeId.LIST:
      return listJson((value as DuckDBListValue).items, (type as DuckDBListType).valueType, timeZone);
    case DuckDBTypeId.ARRAY:
      return listJson((value as DuckDBArrayValue).items, (type as DuckDBArrayType).valueType, timeZone);
    case DuckDBTypeId.STRUCT:
      return structJson(value as DuckDBStructValue, type as DuckDBStructType, timeZone);
    case DuckDBTypeId.MAP:
      return mapJson(value as DuckDBMapValue, type as DuckDBMapType, timeZone);
    case DuckDBTypeId.UNION: {
      const { tag, value: member } = value as DuckDBUnionValue;
      const memberType = (type as DuckDBUnionType).memberTypeForTag(tag);
      return `{${JSON.stringify(tag)}:${nestedJson(member, memberType, timeZone)}}`;
    }
    default:
      return type.alias === 'JSON'
        ? oneLine(String(value))
        : JSON.stringify(valueText(value, type, timeZone));
  }
}

/** Removes line breaks, which are always between tokens of JSON, for JSON Lines. */
function oneLine(json: string): string {
  return json.replaceAll(/[\r\n]+/g, ' ');
}

function listJson(items: readonly DuckDBValue[], type: DuckDBType, timeZone: string): string {
  return `[${items.map((item) => nestedJson(item, type, timeZone)).join(',')}]`;
}

function structJson(value: DuckDBStructValue, type: DuckDBStructType, timeZone: string): string {
  const entries = type.entryNames.map(
    (name, index) =>
      `${JSON.stringify(name)}:${nestedJson(value.entries[name] ?? null, type.entryTypes[index]!, timeZone)}`,
  );
  return `{${entries.join(',')}}`;
}

function mapJson(value: DuckDBMapValue, type: DuckDBMapType, timeZone: string): string {
  const entries = value.entries.map(({ key, value: item }) => {
    const name = key === null ? 'null' : valueText(key, type.keyType, timeZone);
    return `${JSON.stringify(name)}:${nestedJson(item, type.valueType, timeZone)}`;
  });
  return `{${entries.join(',')}}`;
}
