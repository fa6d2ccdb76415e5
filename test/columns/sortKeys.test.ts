import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Column } from '../../src/columns/column.ts';
import { createColumn } from '../../src/columns/createColumn.ts';
import { columnVector } from '../../src/columns/native.ts';
import { invertKeys, numberKeys } from '../../src/columns/sortKeys.ts';
import { Session } from '../../src/session/session.ts';

let session: Session;
beforeAll(async () => void (session = await Session.open({ backend: 'cpu' })));
afterAll(() => session.close());

async function columnOf(type: string, values: readonly string[]): Promise<Column> {
  const sql = `SELECT v::${type} FROM (VALUES ${values.map((value) => `(${value})`).join(', ')}) AS t(v)`;
  const result = await session.connection.run(sql);
  const column = createColumn(result.columnType(0));
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk())
    column.append(columnVector(chunk, 0), chunk.rowCount);
  return column;
}

const sign = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const WHOLE = ['0', '1', '-1', '127', '-128', '100', '2', 'NULL', '1'];
const NATURAL = ['0', '1', '255', '128', '7', 'NULL', '7'];
const FLOATING = [
  `0`,
  `'-0'`,
  `'inf'`,
  `'-inf'`,
  `'nan'`,
  '1.5',
  '-1.5',
  '1e-40',
  '-1e-40',
  'NULL',
  '3',
  '3',
];
const TEXT = [`''`, `'a'`, `'b'`, `'ab'`, `'abcdefgh'`, `'abcdefghi'`, `'abcdefghj'`, `'é'`, 'NULL', `'a'`];
const CASES: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ['true', 'false', 'NULL', 'true'],
  TINYINT: WHOLE,
  SMALLINT: [...WHOLE, '32767', '-32768'],
  INTEGER: [...WHOLE, '2147483647', '-2147483648'],
  BIGINT: [...WHOLE, '9223372036854775807', '-9223372036854775808', '4294967296', '4294967295'],
  HUGEINT: [...WHOLE, '170141183460469231731687303715884105727', '-18446744073709551617'],
  UTINYINT: NATURAL,
  USMALLINT: [...NATURAL, '65535'],
  UINTEGER: [...NATURAL, '4294967295'],
  UBIGINT: [...NATURAL, '18446744073709551615'],
  UHUGEINT: [...NATURAL, '18446744073709551616'],
  'DECIMAL(9, 2)': WHOLE,
  FLOAT: FLOATING,
  DOUBLE: [...FLOATING, '1e300', '-1e300'],
  DATE: [`'2024-01-01'`, `'1900-01-01'`, 'NULL', `'1970-01-01'`],
  UUID: [
    `'00000000-0000-0000-0000-000000000001'`,
    `'f0000000-0000-0000-0000-000000000001'`,
    `'00000000-0000-0000-0000-000000000002'`,
  ],
  VARCHAR: TEXT,
  BLOB: [`'\\x01'::BLOB`, `'\\x01\\x00'::BLOB`, `'\\xFF'::BLOB`, `''::BLOB`, `'\\x01'::BLOB`],
};

test.each(Object.entries(CASES))('keys of %s have the order of its values', async (type, values) => {
  const column = await columnOf(type, values);
  const { keys, exact } = column.sortKeys();
  expect(keys).toHaveLength(values.length);
  for (let a = 0; a < values.length; a++) {
    for (let b = 0; b < values.length; b++) {
      const byKey = sign(keys[a], keys[b]);
      // Equal keys decide nothing unless they are exact.
      const expected = exact || byKey !== 0 ? Math.sign(column.compare(a, b)) : 0;
      expect(byKey, `${values[a]} and ${values[b]}`).toBe(expected);
    }
  }
});

test('keys are exact where 64 bits tell all values apart', async () => {
  const exact = async (type: string, values: readonly string[]): Promise<boolean> =>
    (await columnOf(type, values)).sortKeys().exact;
  expect(await exact('BIGINT', ['1', '2'])).toBe(true);
  expect(await exact('HUGEINT', ['1', '2'])).toBe(false);
  expect(await exact('INTEGER', ['1', 'NULL'])).toBe(false);
  expect(await exact('VARCHAR', [`'a long beginning 1'`, `'a long beginning 2'`])).toBe(true);
  expect(await exact('VARCHAR', [`'a'`, `'ab'`])).toBe(false);
  expect(await exact('VARCHAR', [`'a123456789'`, `'b123456789'`])).toBe(false);
});

test('keys of numbers descend on demand, NaN last both ways', () => {
  const numbers = [3, -Infinity, NaN, -0, 0, Infinity, -2.5];
  const order = (keys: BigUint64Array): number[] =>
    numbers.map((_, i) => i).sort((a, b) => sign(keys[a], keys[b]) || a - b);
  expect(order(numberKeys(Float64Array.from(numbers))).map((i) => numbers[i])).toEqual([
    -Infinity,
    -2.5,
    -0,
    0,
    3,
    Infinity,
    NaN,
  ]);
  expect(order(numberKeys(Float64Array.from(numbers), true)).map((i) => numbers[i])).toEqual([
    Infinity,
    3,
    -0,
    0,
    -2.5,
    -Infinity,
    NaN,
  ]);
  expect([...invertKeys(BigUint64Array.of(0n, 1n, 2n ** 64n - 1n))]).toEqual([
    2n ** 64n - 1n,
    2n ** 64n - 2n,
    0n,
  ]);
});
