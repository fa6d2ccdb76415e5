import * as duck from '@duckdb/node-api';
import type { DataType, Field, Time, Timestamp } from 'apache-arrow';
import { decimalBytes } from '../../columns/types.ts';
import { arrowLibrary } from './metadata.ts';
import { decimalTo, halfToFloat, millisecondsToDays, toMicroseconds } from './values/conversions.ts';
import { booleans, fixedWidth, nulls } from './values/fixedWidth.ts';
import { arrays, lists, structs } from './values/nested.ts';
import type { ReadStrings } from './fieldCursor.ts';
import {
  dictionaryStrings,
  fixedSizeStrings,
  offsetStrings,
  strings,
  viewStrings,
} from './values/strings.ts';
import type { ReadField } from './values/values.ts';

/** The DuckDB type for an Arrow type, and the function that reads its values. */
export interface FieldType {
  readonly type: duck.DuckDBType;
  readonly read: ReadField;
}

/** DuckDB's limit for ARRAY. */
const MAX_ARRAY = 100_000;

/** Unsigned and signed type per number of bits. */
const INTEGERS: Partial<Record<number, readonly [duck.DuckDBType, duck.DuckDBType]>> = {
  8: [duck.UTINYINT, duck.TINYINT],
  16: [duck.USMALLINT, duck.SMALLINT],
  32: [duck.UINTEGER, duck.INTEGER],
  64: [duck.UBIGINT, duck.BIGINT],
};

/** Arrow's time units in order: seconds, milliseconds, microseconds, nanoseconds. */
const PER_SECOND = [1, 1_000, undefined, 1_000_000_000] as const;

/** The DuckDB counterpart of an Arrow type. Returns undefined when there is none. */
export function fieldType(type: DataType): FieldType | undefined {
  const { DataType: is } = arrowLibrary();
  if (is.isNull(type)) return { type: duck.INTEGER, read: nulls };
  if (is.isBool(type)) return { type: duck.BOOLEAN, read: booleans };
  if (is.isInt(type))
    return fixed(INTEGERS[type.bitWidth]?.[Number(type.isSigned)], fixedWidth(type.bitWidth / 8));
  if (is.isFloat(type)) {
    const floats = [fixedWidth(2, halfToFloat), fixedWidth(4), fixedWidth(8)];
    return fixed([duck.FLOAT, duck.FLOAT, duck.DOUBLE][type.precision], floats[type.precision]);
  }
  if (is.isDate(type))
    return fixed(duck.DATE, type.unit === 0 ? fixedWidth(4) : fixedWidth(8, millisecondsToDays));
  if (is.isTime(type)) return timeType(type);
  if (is.isTimestamp(type)) return timestampType(type);
  if (is.isDecimal(type)) return decimalType(type);
  if (is.isList(type) || is.isLargeList(type)) {
    const child = fieldType(type.children[0].type);
    return child && { type: duck.LIST(child.type), read: lists(is.isLargeList(type), child.read) };
  }
  if (is.isFixedSizeList(type)) {
    const child = fieldType(type.children[0].type);
    if (!child || type.listSize < 1 || type.listSize > MAX_ARRAY) return undefined;
    return { type: duck.ARRAY(child.type, type.listSize), read: arrays(type.listSize, child.read) };
  }
  if (is.isStruct(type)) return structType(type.children);
  if (is.isMap(type)) return mapType(type.children[0]);
  const text = is.isDictionary(type)
    ? // Dictionaries of text and blobs become their values.
      stringType(type.dictionary, (read) => dictionaryStrings(type.id, type.indices.bitWidth / 8, read))
    : stringType(type);
  return text && { type: text.type, read: strings(text.read) };
}

/** `type` is undefined for units and sizes that Arrow does not have. */
const fixed = (type: duck.DuckDBType | undefined, read: ReadField): FieldType | undefined =>
  type && { type, read };

/** Microseconds per day. */
const DAY = 86_400_000_000n;

function timeType({ unit }: Time): FieldType | undefined {
  if (unit === 3) return fixed(duck.TIME_NS, fixedWidth(8, undefined, 1000n * DAY));
  const perSecond = PER_SECOND[unit];
  const [width, conversion] = perSecond === undefined ? [8] : ([4, toMicroseconds(perSecond, 4)] as const);
  return fixed(duck.TIME, fixedWidth(width, conversion, DAY));
}

function timestampType({ unit, timezone }: Timestamp): FieldType | undefined {
  const types = [duck.TIMESTAMP_S, duck.TIMESTAMP_MS, duck.TIMESTAMP, duck.TIMESTAMP_NS];
  if (!timezone) return fixed(types[unit], fixedWidth(8));
  const perSecond = PER_SECOND[unit];
  return fixed(
    duck.TIMESTAMPTZ,
    fixedWidth(8, perSecond === undefined ? undefined : toMicroseconds(perSecond, 8)),
  );
}

function decimalType({
  precision,
  scale,
  bitWidth,
}: {
  precision: number;
  scale: number;
  bitWidth: number;
}): FieldType | undefined {
  if (bitWidth !== 128 || scale < 0 || scale > precision) return undefined;
  const width = decimalBytes(precision);
  return {
    type: duck.DECIMAL(precision, scale),
    read: fixedWidth(16, width === 16 ? undefined : decimalTo(width)),
  };
}

/** Text, blobs, and their large, fixed-size and view variants. `wrapReader` wraps the reader. */
function stringType(
  type: DataType,
  wrapReader = (read: ReadStrings): ReadStrings => read,
): { readonly type: duck.DuckDBType; readonly read: ReadStrings } | undefined {
  const { DataType: is } = arrowLibrary();
  const isText = is.isUtf8(type) || is.isLargeUtf8(type) || is.isUtf8View(type);
  const read = layoutOf(type);
  return read && { type: isText ? duck.VARCHAR : duck.BLOB, read: wrapReader(read) };
}

function layoutOf(type: DataType): ReadStrings | undefined {
  const { DataType: is } = arrowLibrary();
  if (is.isUtf8(type) || is.isBinary(type)) return offsetStrings(false);
  if (is.isLargeUtf8(type) || is.isLargeBinary(type)) return offsetStrings(true);
  if (is.isUtf8View(type) || is.isBinaryView(type)) return viewStrings;
  return is.isFixedSizeBinary(type) ? fixedSizeStrings(type.byteWidth) : undefined;
}

function structType(fields: readonly Field[]): FieldType | undefined {
  const children = fields.map(({ type }) => fieldType(type)).filter((child) => child !== undefined);
  if (children.length < fields.length || children.length === 0) return undefined;
  return {
    type: new duck.DuckDBStructType(
      fields.map(({ name }) => name ?? ''),
      children.map(({ type }) => type),
    ),
    read: structs(children.map(({ read }) => read)),
  };
}

function mapType(entries: Field): FieldType | undefined {
  const child = fieldType(entries.type);
  const [key, value] = child?.type instanceof duck.DuckDBStructType ? child.type.entryTypes : [];
  return child && key && value && { type: duck.MAP(key, value), read: lists(false, child.read) };
}
