import {
  DOUBLE,
  DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  LIST,
  listValue,
  VARIANT,
  variantValue,
} from '@duckdb/node-api';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { displayWidth, splitAtWidth } from '../../src/text/displayWidth.ts';
import { valueJson } from '../../src/cli/values/json.ts';
import { doubleText, floatText } from '../../src/cli/values/numbers.ts';
import { valueText } from '../../src/cli/values/text.ts';
import { caseCount } from '../support/cases.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await DuckDBConnection.create();
});

async function select(sql: string): Promise<{ value: DuckDBValue; type: DuckDBType; other: DuckDBValue }> {
  const reader = await connection.runAndReadAll(sql);
  const [value = null, other = null] = reader.getRows()[0]!;
  return { value, type: reader.columnType(0), other };
}

const expressions = [
  '42::UTINYINT',
  '(-9223372036854775808)::BIGINT',
  '170141183460469231731687303715884105727::HUGEINT',
  '12.50::DECIMAL(6, 2)',
  '-0.05::DECIMAL(38, 2)',
  "'nan'::DOUBLE",
  "'-inf'::FLOAT",
  "DATE '2024-02-29'",
  "TIME '01:02:03.5'",
  "'01:02:03+02'::TIMETZ",
  "TIMESTAMP '2024-02-29 01:02:03.000001'",
  "TIMESTAMP_NS '2024-02-29 01:02:03.123456789'",
  "'infinity'::TIMESTAMP",
  'INTERVAL 14 MONTH + INTERVAL 3 DAY + INTERVAL 4 MILLISECOND',
  String.raw`'\xAA\x00a'::BLOB`,
  "'10110'::BIT",
  "'123e4567-e89b-12d3-a456-426614174000'::UUID",
  "'a b'::ENUM('a b', 'c')",
  '[1.5::FLOAT, NULL, 0.1::FLOAT]',
  "['a b', ' a', 'null', '', 'a,b', 'it''s', 'x\\y', 'x:y', 'plain']",
  "{'k': 'v', 'it''s': [1, NULL], 'n': {'m': 'a,b'}}",
  "MAP {'a:b': 'c d', 'e': NULL}",
  '[[], [NULL, [1, 2]]]',
  '[1, 2, 3]::INTEGER[3]',
  "union_value(k := 'a b')",
  "[TIMESTAMP '2024-02-29 01:02:03']",
  '\'{"a": [1]}\'::JSON',
  '[\'{"a": [1]}\'::JSON]',
  '123456789012345678901234567890::BIGNUM',
];

describe('valueText', () => {
  test('prints a VARIANT without a type by its value', () => {
    expect(valueText(variantValue('x'), VARIANT, 'UTC')).toBe('x');
    expect(valueText(variantValue(variantValue(7)), VARIANT, 'UTC')).toBe('7');
    expect(valueText(variantValue(null), VARIANT, 'UTC')).toBe('NULL');
  });

  test.each(expressions)('agrees with the cast to VARCHAR: %s', async (expression) => {
    const { value, type, other } = await select(`SELECT ${expression} AS v, v::VARCHAR`);
    expect(valueText(value!, type, 'UTC')).toBe(other);
  });

  test('quotes nested strings as DuckDB does', async () => {
    const property = fc.asyncProperty(fc.string({ unit: 'grapheme-ascii', maxLength: 6 }), async (text) => {
      const reader = await connection.runAndReadAll('SELECT [$1::VARCHAR] AS v, v::VARCHAR', [text]);
      const [value, cast] = reader.getRows()[0]!;
      expect(valueText(value!, reader.columnType(0), 'UTC')).toBe(cast);
    });
    await fc.assert(property, { numRuns: caseCount(300) });
  });

  test.each(['UTC', 'America/New_York', 'Asia/Kathmandu', 'Europe/Amsterdam'])(
    'prints TIMESTAMPTZ in the session time zone %s',
    async (timeZone) => {
      await connection.run(`SET TimeZone = '${timeZone}'`);
      for (const text of ['2024-01-15 12:00:00.5+00', '2024-07-15 23:59:59+00', 'infinity']) {
        const { value, type, other } = await select(`SELECT '${text}'::TIMESTAMPTZ AS v, v::VARCHAR`);
        expect(valueText(value!, type, timeZone)).toBe(other);
      }
    },
  );
});

/** DuckDB's own text of each number. */
async function texts(numbers: number[], type: DuckDBType): Promise<unknown[]> {
  const reader = await connection.runAndReadAll(
    'SELECT unnest($1)::VARCHAR',
    [listValue(numbers)],
    [LIST(type)],
  );
  return reader.getRows().map(([text]) => text);
}

const many = { minLength: 500, maxLength: 500 };

describe('floating point', () => {
  test('DOUBLE reads as DuckDB prints it', async () => {
    const property = fc.asyncProperty(fc.array(fc.double(), many), async (numbers) => {
      expect(numbers.map(doubleText)).toEqual(await texts(numbers, DOUBLE));
    });
    await fc.assert(property, { numRuns: caseCount(4) });
  });

  test('FLOAT reads as DuckDB prints it', async () => {
    const property = fc.asyncProperty(fc.array(fc.float(), many), async (numbers) => {
      expect(numbers.map(floatText)).toEqual(await texts(numbers, FLOAT));
    });
    await fc.assert(property, { numRuns: caseCount(4) });
  });

  test.each([
    ['midway between two floats', [-39327912, 141387792, 886211968, 990720032768]],
    ['as near to two short numbers', [203071.375, 1933933.25, 2432633.75]],
    ['of nine digits', [1035490944, 118708584316928, 0.30000001192092896]],
    ['at the limits', [1.401298464324817e-45, 3.4028234663852886e38, 16777216, 0.0001, 1e16]],
  ])('FLOAT %s', async (_, numbers) => {
    const floats = numbers.map(Math.fround);
    expect(floats.map(floatText)).toEqual(await texts(floats, FLOAT));
  });
});

describe('valueJson', () => {
  test.each(expressions.filter((expression) => !/nan|inf|HUGE|DECIMAL|BIGNUM|JSON/.test(expression)))(
    'agrees with to_json: %s',
    async (expression) => {
      const { value, type, other } = await select(`SELECT ${expression} AS v, to_json(v)::VARCHAR`);
      expect(valueJson(value, type, 'UTC')).toBe(other);
    },
  );

  test.each([
    ['170141183460469231731687303715884105727::HUGEINT', '"170141183460469231731687303715884105727"'],
    ['1.50::DECIMAL(4, 2)', '"1.50"'],
    ['[1.50::DECIMAL(4, 2)]', '[1.50]'],
    ['[1::HUGEINT]', '[1]'],
    ["'nan'::DOUBLE", '"NaN"'],
    ["['inf'::FLOAT, '-inf']", '["Infinity","-Infinity"]'],
    ['NULL', 'null'],
    [`'{"a": [1]}'::JSON`, '{"a": [1]}'],
    [String.raw`e'{\n"a": 1}'::JSON`, '{ "a": 1}'],
  ])('writes %s as %s', async (expression, expected) => {
    const { value, type } = await select(`SELECT ${expression}`);
    expect(valueJson(value, type, 'UTC')).toBe(expected);
  });
});

describe('displayWidth', () => {
  test.each([
    ['abc', 3],
    ['é', 1],
    ['日本', 4],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('%j takes %i cells', (text, cells) => {
    expect(displayWidth(text)).toBe(cells);
  });

  test('splits between characters, never inside one', () => {
    expect(splitAtWidth('日本語', 3)).toEqual(['日', '本語']);
    expect(splitAtWidth('abc', 9)).toEqual(['abc', '']);
  });
});
