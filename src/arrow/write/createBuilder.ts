import { DuckDBTypeId as Id, type DuckDBEnumType, type DuckDBType } from '@duckdb/node-api';
import type { DataType } from 'apache-arrow';
import { NearduckError } from '../../errors.ts';
import { BooleanBuilder } from './booleanBuilder.ts';
import type { ColumnBuilder } from './columnBuilder.ts';
import { FixedWidthBuilder, widenDecimal } from './fixedWidthBuilder.ts';
import { ArrayBuilder, ListBuilder, StructBuilder } from './nestedBuilders.ts';
import { NullBuilder } from './nullBuilder.ts';
import { StringBuilder, uuidReader } from './stringBuilder.ts';

type Arrow = typeof import('apache-arrow');

/**
 * The builder of a column of DuckDB type `type`. Nested builders are made all the way down.
 * @throws NearduckError (Not Implemented Error) naming the column when Arrow has no such type.
 */
export function createBuilder(arrow: Arrow, column: string, type: DuckDBType): ColumnBuilder {
  const { makeData } = arrow;
  const child = (childType: DuckDBType): ColumnBuilder => createBuilder(arrow, column, childType);
  const plain = plainType(arrow, type);
  if (plain) return new FixedWidthBuilder(makeData, plain[0], plain[1]);
  switch (type.typeId) {
    case Id.SQLNULL:
      return new NullBuilder(makeData, new arrow.Null());
    case Id.BOOLEAN:
      return new BooleanBuilder(makeData, new arrow.Bool());
    case Id.VARCHAR:
      return new StringBuilder(makeData, new arrow.Utf8());
    case Id.BLOB:
      return new StringBuilder(makeData, new arrow.Binary());
    case Id.UUID:
      return new StringBuilder(makeData, new arrow.Utf8(), uuidReader);
    case Id.DECIMAL: {
      const width = type.width <= 4 ? 2 : type.width <= 9 ? 4 : type.width <= 18 ? 8 : 16;
      const options = width < 16 ? { widening: widenDecimal(width) } : {};
      return new FixedWidthBuilder(makeData, new arrow.Decimal(type.scale, type.width, 128), width, options);
    }
    case Id.ENUM:
      return enumBuilder(arrow, type);
    case Id.LIST: {
      const element = child(type.valueType);
      return new ListBuilder(makeData, new arrow.List(new arrow.Field('item', element.type, true)), element);
    }
    case Id.ARRAY: {
      const element = child(type.valueType);
      const listType = new arrow.FixedSizeList(type.length, new arrow.Field('item', element.type, true));
      return new ArrayBuilder(makeData, listType, element, type.length);
    }
    case Id.STRUCT:
      return structBuilder(arrow, type.entryNames, type.entryTypes.map(child));
    case Id.MAP:
      return mapBuilder(arrow, child(type.keyType), child(type.valueType));
    default:
      throw new NearduckError(
        'Not Implemented',
        `arrow: column "${column}" has the type ${type.toString()}, which has no Arrow type here; cast it to VARCHAR`,
      );
  }
}

/** Types that are the same bytes in both, with their width. */
function plainType(arrow: Arrow, { typeId }: DuckDBType): [DataType, number] | undefined {
  switch (typeId) {
    case Id.TINYINT:
      return [new arrow.Int8(), 1];
    case Id.SMALLINT:
      return [new arrow.Int16(), 2];
    case Id.INTEGER:
      return [new arrow.Int32(), 4];
    case Id.BIGINT:
      return [new arrow.Int64(), 8];
    case Id.UTINYINT:
      return [new arrow.Uint8(), 1];
    case Id.USMALLINT:
      return [new arrow.Uint16(), 2];
    case Id.UINTEGER:
      return [new arrow.Uint32(), 4];
    case Id.UBIGINT:
      return [new arrow.Uint64(), 8];
    case Id.HUGEINT:
      // What sum() of integers returns; Arrow has no 128-bit integer.
      return [new arrow.Decimal(0, 38, 128), 16];
    case Id.FLOAT:
      return [new arrow.Float32(), 4];
    case Id.DOUBLE:
      return [new arrow.Float64(), 8];
    case Id.DATE:
      return [new arrow.DateDay(), 4];
    case Id.TIME:
      return [new arrow.TimeMicrosecond(), 8];
    case Id.TIME_NS:
      return [new arrow.TimeNanosecond(), 8];
    case Id.TIMESTAMP:
      return [new arrow.TimestampMicrosecond(), 8];
    case Id.TIMESTAMP_S:
      return [new arrow.TimestampSecond(), 8];
    case Id.TIMESTAMP_MS:
      return [new arrow.TimestampMillisecond(), 8];
    case Id.TIMESTAMP_NS:
      return [new arrow.TimestampNanosecond(), 8];
    case Id.TIMESTAMP_TZ:
      return [new arrow.TimestampMicrosecond('UTC'), 8];
    default:
      return undefined;
  }
}

function structBuilder(
  arrow: Arrow,
  names: readonly string[],
  children: readonly ColumnBuilder[],
): ColumnBuilder {
  const fields = children.map(({ type }, i) => new arrow.Field(names[i], type, true));
  return new StructBuilder(arrow.makeData, new arrow.Struct(fields), children);
}

function mapBuilder(arrow: Arrow, key: ColumnBuilder, value: ColumnBuilder): ColumnBuilder {
  const { Field, makeData, Map_: MapType, Struct } = arrow;
  const fields = [new Field('key', key.type, false), new Field('value', value.type, true)];
  const entries = new StructBuilder(makeData, new Struct(fields), [key, value]);
  return new ListBuilder(makeData, new MapType(new Field('entries', entries.type as never, false)), entries);
}

/** ENUM → dictionary-encoded text. */
function enumBuilder(arrow: Arrow, { values }: DuckDBEnumType): ColumnBuilder {
  const [indices, width] =
    values.length <= 0x100
      ? [new arrow.Uint8(), 1]
      : values.length <= 0x10000
        ? [new arrow.Uint16(), 2]
        : [new arrow.Uint32(), 4];
  const dictionary = arrow.vectorFromArray(values, new arrow.Utf8());
  return new FixedWidthBuilder(arrow.makeData, new arrow.Dictionary(new arrow.Utf8(), indices), width, {
    dictionary,
  });
}
