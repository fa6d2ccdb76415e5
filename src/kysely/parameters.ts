import * as duck from '@duckdb/node-api';
import { invalidInputError } from '../errors.ts';

/** The parameters of `DuckDBConnection.run`. */
export interface Parameters {
  readonly values?: duck.DuckDBValue[];
  /** Undefined for node-api's own values, whose types it knows. */
  readonly types?: duck.DuckDBType[];
}

interface Typed {
  readonly value: duck.DuckDBValue;
  readonly type: duck.DuckDBType | undefined;
}

/**
 * Converts JavaScript values to DuckDB values: `bigint` to BIGINT if it fits, `Float32Array` to FLOAT[],
 * `Uint8Array` to BLOB, arrays to lists, plain objects to structs. A `Date` becomes the type in `expected`,
 * or TIMESTAMPTZ. Values of node-api are passed unchanged.
 * @throws NearduckError (Invalid Input Error) for functions, symbols and other values without a DuckDB type.
 */
export function duckdbParameters(
  parameters: readonly unknown[],
  expected: readonly (duck.DuckDBType | undefined)[] = [],
): Required<Parameters> {
  const typed = parameters.map((parameter, i) =>
    parameter instanceof Date ? dateValue(parameter, expected[i]) : typedValue(parameter),
  );
  return { values: typed.map(({ value }) => value), types: typed.map(({ type }) => type as duck.DuckDBType) };
}

function typedValue(value: unknown): Typed {
  if (value === null || value === undefined) return { value: null, type: duck.SQLNULL };
  if (typeof value === 'boolean') return { value, type: duck.BOOLEAN };
  if (typeof value === 'string') return { value, type: duck.VARCHAR };
  if (typeof value === 'number') return { value, type: numberType(value) };
  if (typeof value === 'bigint')
    return { value, type: BigInt.asIntN(64, value) === value ? duck.BIGINT : duck.HUGEINT };
  if (value instanceof Date) return dateValue(value, undefined);
  if (value instanceof Float32Array)
    return { value: duck.listValue([...value]), type: duck.LIST(duck.FLOAT) };
  if (value instanceof Float64Array)
    return { value: duck.listValue([...value]), type: duck.LIST(duck.DOUBLE) };
  if (value instanceof Uint8Array) return { value: new duck.DuckDBBlobValue(value), type: duck.BLOB };
  if (Array.isArray(value)) return typedList(value);
  if (typeof value === 'object' && isPlain(value)) return typedStruct(value);
  if (typeof value === 'object' && isNodeApiValue(value)) return { value, type: undefined };
  const what = typeof value === 'object' ? value.constructor.name : typeof value;
  throw invalidInputError(`a query parameter cannot be a ${what}`);
}

function numberType(value: number): duck.DuckDBType {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return duck.DOUBLE;
  return value === (value | 0) ? duck.INTEGER : duck.BIGINT;
}

function typedList(items: readonly unknown[]): Typed {
  const typed = items.map(nestedValue);
  const type = typed.reduce<duck.DuckDBType>((common, item) => commonType(common, item.type), duck.SQLNULL);
  return { value: duck.listValue(typed.map(({ value }) => value)), type: duck.LIST(type) };
}

/** The type that holds values of both. @throws NearduckError (Invalid Input Error) when there is none. */
function commonType(a: duck.DuckDBType, b: duck.DuckDBType): duck.DuckDBType {
  if (a.typeId === duck.DuckDBTypeId.SQLNULL || a.toString() === b.toString()) return b;
  if (b.typeId === duck.DuckDBTypeId.SQLNULL) return a;
  if (a.typeId === duck.DuckDBTypeId.LIST && b.typeId === duck.DuckDBTypeId.LIST)
    return duck.LIST(commonType(a.valueType, b.valueType));
  const numbers = [a, b].map(({ typeId }) =>
    [duck.DuckDBTypeId.INTEGER, duck.DuckDBTypeId.BIGINT, duck.DuckDBTypeId.DOUBLE].indexOf(typeId),
  );
  if (numbers.includes(-1)) {
    throw invalidInputError(`a list parameter has elements of the types ${a.toString()} and ${b.toString()}`);
  }
  return numbers.includes(2) ? duck.DOUBLE : duck.BIGINT;
}

/** Lists and structs need the types of their values, which values of node-api do not have. */
function nestedValue(item: unknown): { value: duck.DuckDBValue; type: duck.DuckDBType } {
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
    value: duck.structValue(Object.fromEntries(typed.map(([name, { value }]) => [name, value]))),
    type: duck.STRUCT(Object.fromEntries(typed.map(([name, { type }]) => [name, type]))),
  };
}

/** Returns true for values of node-api, such as `DuckDBDecimalValue`, whose type it knows. */
const isNodeApiValue = (value: object): value is duck.DuckDBValue & object =>
  (Object.values(duck) as unknown[]).includes(value.constructor);

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function dateValue(date: Date, expected: duck.DuckDBType | undefined): Typed {
  const milliseconds = date.getTime();
  if (Number.isNaN(milliseconds)) throw invalidInputError('a query parameter is an invalid Date');
  const microseconds = BigInt(milliseconds) * 1000n;
  switch (expected?.typeId) {
    case duck.DuckDBTypeId.DATE:
      return { value: new duck.DuckDBDateValue(Math.floor(milliseconds / 86_400_000)), type: expected };
    case duck.DuckDBTypeId.TIMESTAMP:
    case duck.DuckDBTypeId.TIMESTAMP_S:
    case duck.DuckDBTypeId.TIMESTAMP_MS:
    case duck.DuckDBTypeId.TIMESTAMP_NS:
      return { value: new duck.DuckDBTimestampValue(microseconds), type: duck.TIMESTAMP };
    default:
      return { value: new duck.DuckDBTimestampTZValue(microseconds), type: duck.TIMESTAMPTZ };
  }
}
