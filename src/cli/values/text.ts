import {
  type DuckDBArrayType,
  type DuckDBArrayValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBValue,
  type DuckDBVariantValue,
} from '@duckdb/node-api';
import { doubleText, floatText } from './numbers.ts';
import { timestampTZText } from './timeZone.ts';

/** The text of DuckDB's cast to VARCHAR. The caller handles NULL. */
export function valueText(value: Exclude<DuckDBValue, null>, type: DuckDBType, timeZone: string): string {
  switch (type.typeId) {
    case DuckDBTypeId.FLOAT:
      return floatText(value as number);
    case DuckDBTypeId.DOUBLE:
      return doubleText(value as number);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return timestampTZText(value as DuckDBTimestampTZValue, timeZone);
    case DuckDBTypeId.LIST:
      return listText((value as DuckDBListValue).items, (type as DuckDBListType).valueType, timeZone);
    case DuckDBTypeId.ARRAY:
      return listText((value as DuckDBArrayValue).items, (type as DuckDBArrayType).valueType, timeZone);
    case DuckDBTypeId.STRUCT:
      return structText(value as DuckDBStructValue, type as DuckDBStructType, timeZone);
    case DuckDBTypeId.MAP:
      return mapText(value as DuckDBMapValue, type as DuckDBMapType, timeZone);
    case DuckDBTypeId.UNION:
      return unionText(value as DuckDBUnionValue, type as DuckDBUnionType, timeZone);
    case DuckDBTypeId.VARIANT: {
      const variant = value as DuckDBVariantValue;
      return variant.value === null ? 'NULL' : valueText(variant.value, variant.type ?? type, timeZone);
    }
    default:
      return String(value);
  }
}

function listText(items: readonly DuckDBValue[], type: DuckDBType, timeZone: string): string {
  return `[${items.map((item) => nestedText(item, type, timeZone)).join(', ')}]`;
}

function structText(value: DuckDBStructValue, type: DuckDBStructType, timeZone: string): string {
  const entries = type.entryNames.map((name, index) => {
    const text = nestedText(value.entries[name] ?? null, type.entryTypes[index]!, timeZone);
    return name === '' ? text : `${quoted(name)}: ${text}`;
  });
  return type.entryNames[0] === '' ? `(${entries.join(', ')})` : `{${entries.join(', ')}}`;
}

function mapText(value: DuckDBMapValue, type: DuckDBMapType, timeZone: string): string {
  const entries = value.entries.map(
    (entry) =>
      `${nestedText(entry.key, type.keyType, timeZone)}=${nestedText(entry.value, type.valueType, timeZone)}`,
  );
  return `{${entries.join(', ')}}`;
}

function unionText(value: DuckDBUnionValue, type: DuckDBUnionType, timeZone: string): string {
  return value.value === null ? 'NULL' : valueText(value.value, type.memberTypeForTag(value.tag), timeZone);
}

const containers: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.LIST,
  DuckDBTypeId.ARRAY,
  DuckDBTypeId.STRUCT,
  DuckDBTypeId.MAP,
  DuckDBTypeId.UNION,
  DuckDBTypeId.VARIANT,
]);

function nestedText(value: DuckDBValue, type: DuckDBType, timeZone: string): string {
  if (value === null) return 'NULL';
  const text = valueText(value, type, timeZone);
  return !containers.has(type.typeId) && type.alias !== 'JSON' && needsQuotes(text) ? quoted(text) : text;
}

function needsQuotes(text: string): boolean {
  return text === '' || /["'(),:=[\]{}]|^[\s]|[\s]$|^null$/i.test(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
