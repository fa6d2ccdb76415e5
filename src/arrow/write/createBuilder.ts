import { DuckDBTypeId as Id, type DuckDBType } from '@duckdb/node-api';
import type { DataType } from 'apache-arrow';
import { decimalBytes, enumBytes } from '../../columns/types.ts';
import { NearduckError } from '../../errors.ts';
import { columnBuilder, type ColumnBuilder, type Layout } from './columnBuilder.ts';
import {
  arrays,
  booleans,
  fixedWidth,
  lists,
  nulls,
  strings,
  structs,
  uuidReader,
  widenDecimal,
} from './layouts.ts';

type Arrow = typeof import('apache-arrow');

/**
 * Creates the builder for a column of DuckDB type `type`, including builders for nested types.
 * @throws NearduckError (Not Implemented Error), which names the column, when Arrow has no such type.
 */
export function createBuilder(arrow: Arrow, column: string, type: DuckDBType): ColumnBuilder {
  const { Field, makeData, Map_: MapType } = arrow;
  const child = (childType: DuckDBType): ColumnBuilder => createBuilder(arrow, column, childType);
  const made = (arrowType: DataType, layout: Layout): ColumnBuilder =>
    columnBuilder(makeData, arrowType, layout);
  const plain = plainType(arrow, type);
  if (plain) return made(plain[0], fixedWidth(plain[1]));
  switch (type.typeId) {
    case Id.SQLNULL:
      return made(new arrow.Null(), nulls);
    case Id.BOOLEAN:
      return made(new arrow.Bool(), booleans());
    case Id.VARCHAR:
      return made(new arrow.Utf8(), strings());
    case Id.BLOB:
      return made(new arrow.Binary(), strings());
    case Id.UUID:
      return made(new arrow.Utf8(), strings(uuidReader));
    case Id.DECIMAL: {
      const width = decimalBytes(type.width);
      const widening = width < 16 ? widenDecimal(width) : undefined;
      return made(new arrow.Decimal(type.scale, type.width, 128), fixedWidth(width, { widening }));
    }
    case Id.ENUM: {
      const width = enumBytes(type.values.length);
      const indices = { 1: new arrow.Uint8(), 2: new arrow.Uint16(), 4: new arrow.Uint32() }[width];
      const dictionary = arrow.vectorFromArray(type.values, new arrow.Utf8());
      return made(new arrow.Dictionary(new arrow.Utf8(), indices), fixedWidth(width, { dictionary }));
    }
    case Id.LIST: {
      const element = child(type.valueType);
      return made(new arrow.List(new Field('item', element.type, true)), lists(element));
    }
    case Id.ARRAY: {
      const element = child(type.valueType);
      const item = new Field('item', element.type, true);
      return made(new arrow.FixedSizeList(type.length, item), arrays(element, type.length));
    }
    case Id.STRUCT: {
      const children = type.entryTypes.map(child);
      const fields = children.map((entry, i) => new Field(type.entryNames[i], entry.type, true));
      return made(new arrow.Struct(fields), structs(children));
    }
    case Id.MAP: {
      const [key, value] = [child(type.keyType), child(type.valueType)];
      const fields = [new Field('key', key.type, false), new Field('value', value.type, true)];
      const entries = made(new arrow.Struct(fields), structs([key, value]));
      return made(new MapType(new Field('entries', entries.type as never, false)), lists(entries));
    }
    default:
      throw new NearduckError(
        'Not Implemented',
        `arrow: column "${column}" has the type ${type.toString()}, which has no Arrow equivalent; cast ` +
          'it to VARCHAR',
      );
  }
}

/** Types with the same bytes in DuckDB and Arrow, and their width in bytes. */
function plainType(arrow: Arrow, { typeId }: DuckDBType): [DataType, number] | undefined {
  const types: Partial<Record<Id, () => [DataType, number]>> = {
    [Id.TINYINT]: () => [new arrow.Int8(), 1],
    [Id.SMALLINT]: () => [new arrow.Int16(), 2],
    [Id.INTEGER]: () => [new arrow.Int32(), 4],
    [Id.BIGINT]: () => [new arrow.Int64(), 8],
    [Id.UTINYINT]: () => [new arrow.Uint8(), 1],
    [Id.USMALLINT]: () => [new arrow.Uint16(), 2],
    [Id.UINTEGER]: () => [new arrow.Uint32(), 4],
    [Id.UBIGINT]: () => [new arrow.Uint64(), 8],
    // The type of sum() over integers. Arrow has no 128-bit integer.
    [Id.HUGEINT]: () => [new arrow.Decimal(0, 38, 128), 16],
    [Id.FLOAT]: () => [new arrow.Float32(), 4],
    [Id.DOUBLE]: () => [new arrow.Float64(), 8],
    [Id.DATE]: () => [new arrow.DateDay(), 4],
    [Id.TIME]: () => [new arrow.TimeMicrosecond(), 8],
    [Id.TIME_NS]: () => [new arrow.TimeNanosecond(), 8],
    [Id.TIMESTAMP]: () => [new arrow.TimestampMicrosecond(), 8],
    [Id.TIMESTAMP_S]: () => [new arrow.TimestampSecond(), 8],
    [Id.TIMESTAMP_MS]: () => [new arrow.TimestampMillisecond(), 8],
    [Id.TIMESTAMP_NS]: () => [new arrow.TimestampNanosecond(), 8],
    [Id.TIMESTAMP_TZ]: () => [new arrow.TimestampMicrosecond('UTC'), 8],
  };
  return types[typeId]?.();
}
