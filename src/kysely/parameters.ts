import * as nodeApi from '@duckdb/node-api';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  FLOAT,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  SQLNULL,
  STRUCT,
  structValue,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalidInputError } from '../errors.ts';

/** The parameters of `DuckDBConnection.run`. */
export interface Parameters {
  readonly values?: DuckDBValue[];
  /** Undefined for node-api's own values, whose types it knows. */
  readonly types?: DuckDBType[];
}

interface Typed {
  readonly value: DuckDBValue;
  readonly type: DuckDBType | undefined;
}

/**
 * Converts JavaScript values to DuckDB values: `bigint` to BIGINT if it fits, `Float32Array` to FLOAT[],
 * `Uint8Array` to BLOB, arrays to lists, plain objects to structs. A `Date` becomes the type in `expected`,
 * or TIMESTAMPTZ. Values of node-api are passed unchanged.
 * @throws NearduckError (Invalid Input Error) for functions, symbols and other values without a DuckDB type.
 */
export function duckdbParameters(
  parameters: readonly unknown[],
  expected: readonly (DuckDBType | undefined)[] = [],
): Required<Parameters> {
  const typed = parameters.map((parameter, i) =>
    parameter instanceof Date ? dateValue(parameter, expected[i]) : typedValue(parameter),
  );
  return { values: typed.map(({ value }) => value), types: typed.map(({ type }) => type as DuckDBType) };
}

function typedValue(value: unknown): Typed {
  if (value === null || value === undefined) return { value: null, type: SQLNULL };
  if (typeof value === 'boolean') return { value, type: BOOLEAN };
  if (typeof value === 'string') return { value, type: VARCHAR };
  if (typeof value === 'number') return { value, type: numberType(value) };
  if (typeof value === 'bigint')
    return { value, type: BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT };
  if (value instanceof Date) return dateValue(value, undefined);
  if (value instanceof Float32Array) return { value: listValue([...value]), type: LIST(FLOAT) };
  if (value instanceof Float64Array) return { value: listValue([...value]), type: LIST(DOUBLE) };
  if (value instanceof Uint8Array) return { value: new DuckDBBlobValue(value), type: BLOB };
  if (Array.isArray(value)) return typedList(value);
  if (typeof value === 'object' && isPlain(value)) return typedStruct(value);
  if (typeof value === 'object' && isNodeApiValue(value)) return { value, type: undefined };
  const what = typeof value === 'object' ? value.constructor.name : typeof value;
  throw invalidInputError(`a query parameter cannot be a ${what}`);
}

function numberType(value: number): DuckDBType {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return DOUBLE;
  return value === (value | 0) ? INTEGER : BIGINT;
}

function typedList(items: readonly unknown[]): Typed {
  const typed = items.map(nestedValue);
  const type = typed.reduce<DuckDBType>((common, item) => commonType(common, item.type), SQLNULL);
  return { value: listValue(typed.map(({ value }) => value)), type: LIST(type) };
}

/**
 * Returns the type that holds values of both.
 * @throws NearduckError (Invalid Input Error) when there is none.
 */
function commonType(a: DuckDBType, b: DuckDBType): DuckDBType {
  if (a.typeId === DuckDBTypeId.SQLNULL || a.toString() === b.toString()) return b;
  if (b.typeId === DuckDBTypeId.SQLNULL) return a;
  if (a.typeId === DuckDBTypeId.LIST && b.typeId === DuckDBTypeId.LIST)
    return LIST(commonType(a.valueType, b.valueType));
  const numbers = [a, b].map(({ typeId }) =>
    [DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT, DuckDBTypeId.DOUBLE].indexOf(typeId),
  );
  if (numbers.includes(-1)) {
    throw invalidInputError(`a list parameter has elements of the types ${a.toString()} and ${b.toString()}`);
  }
  return numbers.includes(2) ? DOUBLE : BIGINT;
}

/** Lists and structs need the types of their values, which values of node-api do not have. */
function nestedValue(item: unknown): { value: DuckDBValue; type: DuckDBType } {
  const { value, type } = typedValue(item);
  if (!type)
    throw invalidInputError(
      'a list or struct parameter cannot hold values of node-api; use listValue or structValue throughout',
    );
  return { value, type };
}

function typedStruct(entries: object): Typed {
  const typed = Object.entries(entries).map(([name, value]) => [name, nestedValue(value)] as const);
  return {
    value: structValue(Object.fromEntries(typed.map(([name, { value }]) => [name, value]))),
    type: STRUCT(Object.fromEntries(typed.map(([name, { type }]) => [name, type]))),
  };
}

/** Returns true for values of node-api, such as `DuckDBDecimalValue`, whose type it knows. */
const isNodeApiValue = (value: object): value is DuckDBValue & object =>
  (Object.values(nodeApi) as unknown[]).includes(value.constructor);

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function dateValue(date: Date, expected: DuckDBType | undefined): Typed {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw invalidInputError('a query parameter is an invalid Date');
  const microseconds = BigInt(milliseconds) * 1000n;
  switch (expected?.typeId) {
    case DuckDBTypeId.DATE:
      return { value: new DuckDBDateValue(Math.floor(milliseconds / 86_400_000)), type: expected };
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return { value: new DuckDBTimestampValue(microseconds), type: TIMESTAMP };
    default:
      return { value: new DuckDBTimestampTZValue(microseconds), type: TIMESTAMPTZ };
  }
}
