import type * as duck from '@duckdb/node-api';
import { DuckDBTypeId as Id, DuckDBTimestampTZValue, DuckDBTimestampValue } from '@duckdb/node-api';
import { doubleText, floatText } from './numbers.ts';

/** The text of DuckDB's cast to VARCHAR. The caller handles NULL. */
export function valueText(
  value: Exclude<duck.DuckDBValue, null>,
  type: duck.DuckDBType,
  timeZone: string,
): string {
  const nested = (item: duck.DuckDBValue, itemType: duck.DuckDBType): string =>
    nestedText(item, itemType, timeZone);
  switch (type.typeId) {
    case Id.FLOAT:
      return floatText(value as number);
    case Id.DOUBLE:
      return doubleText(value as number);
    case Id.TIMESTAMP_TZ:
      return timestampTZText(value as duck.DuckDBTimestampTZValue, timeZone);
    case Id.LIST:
    case Id.ARRAY: {
      const { items } = value as duck.DuckDBListValue;
      return `[${items.map((item) => nested(item, type.valueType)).join(', ')}]`;
    }
    case Id.STRUCT: {
      const { entries } = value as duck.DuckDBStructValue;
      const texts = type.entryNames.map((name, i) => {
        const text = nested(entries[name] ?? null, type.entryTypes[i]);
        return name === '' ? text : `${quoted(name)}: ${text}`;
      });
      return type.entryNames[0] === '' ? `(${texts.join(', ')})` : `{${texts.join(', ')}}`;
    }
    case Id.MAP: {
      const { entries } = value as duck.DuckDBMapValue;
      const texts = entries.map(
        ({ key, value: item }) => `${nested(key, type.keyType)}=${nested(item, type.valueType)}`,
      );
      return `{${texts.join(', ')}}`;
    }
    case Id.UNION: {
      const { tag, value: member } = value as duck.DuckDBUnionValue;
      return member === null ? 'NULL' : valueText(member, type.memberTypeForTag(tag), timeZone);
    }
    case Id.VARIANT: {
      const { value: inner, type: innerType } = value as duck.DuckDBVariantValue;
      if (inner === null) return 'NULL';
      return innerType ? valueText(inner, innerType, timeZone) : String(inner);
    }
    default:
      return String(value);
  }
}

const containers: ReadonlySet<Id> = new Set([Id.LIST, Id.ARRAY, Id.STRUCT, Id.MAP, Id.UNION, Id.VARIANT]);

function nestedText(value: duck.DuckDBValue, type: duck.DuckDBType, timeZone: string): string {
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

const offsetFormats = new Map<string, Intl.DateTimeFormat>();

/** A TIMESTAMP WITH TIME ZONE as DuckDB prints it in `timeZone`: local time and offset. */
function timestampTZText(value: DuckDBTimestampTZValue, timeZone: string): string {
  if (!value.isFinite) return new DuckDBTimestampValue(value.micros).toString();
  const seconds = offsetSeconds(value, timeZone);
  const local = new DuckDBTimestampValue(value.micros + BigInt(seconds) * 1_000_000n).toString();
  const minutes = Math.trunc(Math.abs(seconds) / 60);
  const hour = String(Math.trunc(minutes / 60)).padStart(2, '0');
  const minute = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`;
  return `${local}${seconds < 0 ? '-' : '+'}${hour}${minute}`;
}

function offsetSeconds(value: DuckDBTimestampTZValue, timeZone: string): number {
  const instant = new Date(Number(value.micros / 1000n));
  if (Number.isNaN(instant.getTime())) return 0;
  const name = offsetFormat(timeZone)
    .formatToParts(instant)
    .find((part) => part.type === 'timeZoneName')?.value;
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name ?? '');
  if (!match) return 0;
  const [, sign, hours, minutes, seconds] = match;
  const magnitude = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
  return sign === '-' ? -magnitude : magnitude;
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  let format = offsetFormats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    offsetFormats.set(timeZone, format);
  }
  return format;
}
