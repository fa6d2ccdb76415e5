import * as duck from '@duckdb/node-api';
import type { DataType, Field, FixedSizeList, Int, Time, Timestamp } from 'apache-arrow';
import { arrowLibrary } from './arrowLibrary.ts';
import type { FieldCursor } from './fieldCursor.ts';
import {
  decimalTo,
  halfToFloat,
  millisecondsToDays,
  toMicroseconds,
  type Conversion,
} from './values/conversions.ts';
import { DictionaryStrings } from './values/dictionaryStrings.ts';
import { BooleanValues, FixedWidthValues, NullValues } from './values/fixedWidth.ts';
import { ArrayValues, ListValues, StructValues } from './values/nested.ts';
import {
  FixedSizeStrings,
  OffsetStrings,
  StringValues,
  type Bytes,
  type StringSource,
} from './values/strings.ts';
import type { Values } from './values/values.ts';
import { ViewStrings } from './values/viewStrings.ts';

/** What becomes of an Arrow type: a DuckDB type, and the way its values get there. */
export interface FieldType {
  readonly type: duck.DuckDBType;
  /** Takes the field's nodes and buffers off the cursor. */
  values(cursor: FieldCursor): Values;
}

/** DuckDB's limit for ARRAY. */
const MAX_ARRAY = 100_000;

/** The counterpart of an Arrow type; undefined when there is none. */
export function fieldType(type: DataType): FieldType | undefined {
  const { DataType: is } = arrowLibrary();
  if (is.isNull(type))
    return { type: duck.INTEGER, values: (cursor) => (cursor.skipNode(), new NullValues(cursor.buffers)) };
  if (is.isBool(type)) {
    return {
      type: duck.BOOLEAN,
      values: (cursor) => new BooleanValues(cursor.buffers, cursor.validity(), cursor.buffer()),
    };
  }
  if (is.isInt(type)) return fixed(integerType(type), type.bitWidth / 8);
  if (is.isFloat(type))
    return [fixed(duck.FLOAT, 2, halfToFloat), fixed(duck.FLOAT, 4), fixed(duck.DOUBLE, 8)][type.precision];
  if (is.isDate(type)) return type.unit === 0 ? fixed(duck.DATE, 4) : fixed(duck.DATE, 8, millisecondsToDays);
  if (is.isTime(type)) return timeType(type);
  if (is.isTimestamp(type)) return timestampType(type);
  if (is.isDecimal(type)) return decimalType(type);
  if (is.isDictionary(type)) return dictionaryType(stringType(type.dictionary), type.indices, type.id);
  if (is.isList(type) || is.isLargeList(type)) return listType(type.children[0], is.isLargeList(type));
  if (is.isFixedSizeList(type)) return arrayType(type);
  if (is.isStruct(type)) return structType(type.children);
  if (is.isMap(type)) return mapType(type.children[0]);
  return plainStrings(stringType(type));
}

/** `type` is undefined for units and sizes that Arrow does not have. */
function fixed(
  type: duck.DuckDBType | undefined,
  width: number,
  conversion?: Conversion,
  most?: bigint,
): FieldType | undefined {
  return (
    type && {
      type,
      values: (cursor) =>
        new FixedWidthValues(cursor.buffers, cursor.validity(), cursor.buffer(), width, conversion, most),
    }
  );
}

function integerType({ bitWidth, isSigned }: Int): duck.DuckDBType | undefined {
  const signed: Partial<Record<number, duck.DuckDBType>> = {
    8: duck.TINYINT,
    16: duck.SMALLINT,
    32: duck.INTEGER,
    64: duck.BIGINT,
  };
  const unsigned: Partial<Record<number, duck.DuckDBType>> = {
    8: duck.UTINYINT,
    16: duck.USMALLINT,
    32: duck.UINTEGER,
    64: duck.UBIGINT,
  };
  return (isSigned ? signed : unsigned)[bitWidth];
}

/** Arrow's units in order: seconds, milliseconds, microseconds, nanoseconds. */
const PER_SECOND = [1, 1_000, undefined, 1_000_000_000] as const;

/** Microseconds. */
const DAY = 86_400_000_000n;

function timeType({ unit }: Time): FieldType | undefined {
  if (unit === 3) return fixed(duck.TIME_NS, 8, undefined, 1000n * DAY);
  const perSecond = PER_SECOND[unit];
  return perSecond === undefined
    ? fixed(duck.TIME, 8, undefined, DAY)
    : fixed(duck.TIME, 4, toMicroseconds(perSecond, 4), DAY);
}

function timestampType({ unit, timezone }: Timestamp): FieldType | undefined {
  if (!timezone) {
    return fixed([duck.TIMESTAMP_S, duck.TIMESTAMP_MS, duck.TIMESTAMP, duck.TIMESTAMP_NS][unit], 8);
  }
  const perSecond = PER_SECOND[unit];
  return fixed(duck.TIMESTAMPTZ, 8, perSecond === undefined ? undefined : toMicroseconds(perSecond, 8));
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
  const width = precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : undefined;
  return fixed(duck.DECIMAL(precision, scale), 16, width && decimalTo(width));
}

type MakeSource = (cursor: FieldCursor) => StringSource;

/** Text, blobs and their large, fixed-size and view kinds. */
function stringType(type: DataType): { type: duck.DuckDBType; source: MakeSource } | undefined {
  const { DataType: is } = arrowLibrary();
  if (is.isUtf8(type)) return { type: duck.VARCHAR, source: offsetStrings(false) };
  if (is.isLargeUtf8(type)) return { type: duck.VARCHAR, source: offsetStrings(true) };
  if (is.isUtf8View(type)) return { type: duck.VARCHAR, source: viewStrings };
  if (is.isBinary(type)) return { type: duck.BLOB, source: offsetStrings(false) };
  if (is.isLargeBinary(type)) return { type: duck.BLOB, source: offsetStrings(true) };
  if (is.isBinaryView(type)) return { type: duck.BLOB, source: viewStrings };
  if (is.isFixedSizeBinary(type)) return { type: duck.BLOB, source: fixedSizeStrings(type.byteWidth) };
  return undefined;
}

const offsetStrings =
  (large: boolean): MakeSource =>
  (cursor) => {
    const source = new OffsetStrings(cursor.buffers, cursor.validity(), cursor.buffer(), large);
    cursor.buffer();
    return source;
  };

const viewStrings: MakeSource = (cursor) => {
  const source = new ViewStrings(cursor.buffers, cursor.validity(), cursor.buffer());
  cursor.variadicBuffers();
  return source;
};

const fixedSizeStrings =
  (width: number): MakeSource =>
  (cursor) =>
    new FixedSizeStrings(cursor.buffers, cursor.validity(), cursor.buffer(), width);

function plainStrings(strings: ReturnType<typeof stringType>): FieldType | undefined {
  return strings && { type: strings.type, values: (cursor) => new StringValues(strings.source(cursor)) };
}

/** Dictionaries of text and blobs become what they stand for. */
function dictionaryType(
  strings: ReturnType<typeof stringType>,
  indices: Int,
  id: number,
): FieldType | undefined {
  if (!strings) return undefined;
  const width = indices.bitWidth / 8;
  return {
    type: strings.type,
    values(cursor) {
      const dictionary = (): readonly Bytes[] => cursor.dictionary(id, strings.source);
      return new StringValues(
        new DictionaryStrings(cursor.buffers, cursor.validity(), cursor.buffer(), width, dictionary),
      );
    },
  };
}

function listType(element: Field, large: boolean): FieldType | undefined {
  const child = fieldType(element.type);
  return child && { type: duck.LIST(child.type), values: (cursor) => listValues(cursor, large, child) };
}

function listValues(cursor: FieldCursor, large: boolean, child: FieldType): Values {
  const validity = cursor.validity();
  const offsets = cursor.buffer();
  const elements = cursor.nextLength();
  return new ListValues(cursor.buffers, validity, offsets, large, child.values(cursor), elements);
}

function arrayType({ listSize, children }: FixedSizeList): FieldType | undefined {
  const child = fieldType(children[0].type);
  if (!child || listSize < 1 || listSize > MAX_ARRAY) return undefined;
  return {
    type: duck.ARRAY(child.type, listSize),
    values: (cursor) => new ArrayValues(cursor.validity(), listSize, child.values(cursor)),
  };
}

function structType(fields: readonly Field[]): FieldType | undefined {
  const children = fields.map(({ name, type }) => ({ name: name ?? '', child: fieldType(type) }));
  const known = children.filter(
    (entry): entry is { name: string; child: FieldType } => entry.child !== undefined,
  );
  if (known.length < children.length || known.length === 0) return undefined;
  return {
    type: new duck.DuckDBStructType(
      known.map(({ name }) => name),
      known.map(({ child }) => child.type),
    ),
    values: (cursor) =>
      new StructValues(
        cursor.validity(),
        known.map(({ child }) => child.values(cursor)),
      ),
  };
}

function mapType(entries: Field): FieldType | undefined {
  const child = fieldType(entries.type);
  const [key, value] = (entries.type as DataType).children as Field[];
  const keyType = key && fieldType(key.type);
  const valueType = value && fieldType(value.type);
  if (!child || !keyType || !valueType) return undefined;
  return {
    type: duck.MAP(keyType.type, valueType.type),
    values: (cursor) => listValues(cursor, false, child),
  };
}
