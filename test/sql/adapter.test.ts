import { describe, expect, test } from 'vitest';
import { comparable, matchesError, parseSqlTest, type QueryRecord } from '../support/sqllogic.ts';

const query = (types: string, expected: string[], sort: QueryRecord['sort'] = 'nosort'): QueryRecord => ({
  kind: 'query',
  line: 1,
  sql: 'SELECT 1',
  types: [...types] as QueryRecord['types'],
  sort,
  expected,
});

/** True when rows meet the expectation of a record. */
function passes(record: QueryRecord, rows: string[][]): boolean {
  const { actual, expected } = comparable(record, rows);
  return actual.join('\n') === expected.join('\n');
}

describe('parseSqlTest', () => {
  test('takes a file apart', () => {
    const text = [
      '# name: a.test',
      '# description: what it shows',
      '# backends: cpu, webgpu',
      'require parquet',
      '',
      'statement ok',
      'CREATE TABLE t AS',
      'SELECT ${number};',
      '',
      'statement error',
      'SELEKT',
      '----',
      'Parser Error',
      '',
      'query IT rowsort',
      'FROM t',
      '----',
      '1\tone',
    ].join('\n');
    expect(parseSqlTest(text, { number: '7' })).toEqual({
      title: 'what it shows',
      backends: ['cpu', 'webgpu'],
      requires: ['parquet'],
      records: [
        { kind: 'statement', line: 6, sql: 'CREATE TABLE t AS\nSELECT 7;', error: undefined },
        { kind: 'statement', line: 10, sql: 'SELEKT', error: 'Parser Error' },
        { kind: 'query', line: 15, sql: 'FROM t', types: ['I', 'T'], sort: 'rowsort', expected: ['1\tone'] },
      ],
    });
  });

  test('unrolls loops, one inside another', () => {
    const text =
      'loop i 0 2\n\nforeach name a b\n\nstatement ok\nSELECT ${i}, ${name}, ${other}\n\nendloop\n\nendloop\n\nstatement ok\nSELECT 9';
    expect(parseSqlTest(text).records.map(({ sql }) => sql)).toEqual([
      'SELECT 0, a, ${other}',
      'SELECT 0, b, ${other}',
      'SELECT 1, a, ${other}',
      'SELECT 1, b, ${other}',
      'SELECT 9',
    ]);
  });

  test.each([
    ['SELECT 1', `line 1: 'SELECT 1' is no record of a sqllogictest`],
    [
      'statement error\nSELECT 1',
      `line 1: write 'statement ok', or 'statement error' with the message below ----`,
    ],
    [
      'statement error\nSELECT 1\n----',
      `line 1: write 'statement ok', or 'statement error' with the message below ----`,
    ],
    [
      'statement maybe\nSELECT 1',
      `line 1: write 'statement ok', or 'statement error' with the message below ----`,
    ],
    ['query X\nSELECT 1\n----\n1', `line 1: write 'query TYPES`],
    ['query I\nSELECT 1', `line 1: write 'query TYPES`],
    ['\nquery I\n----\n1', 'line 2: no SQL'],
    ['loop i 0 3\nstatement ok\nSELECT 1', 'line 1: loop without endloop'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSqlTest(text)).toThrow(message);
  });
});

describe('comparable', () => {
  test('rows in order', () => {
    expect(
      passes(query('IT', ['1\ta', '2\tb']), [
        ['1', 'a'],
        ['2', 'b'],
      ]),
    ).toBe(true);
    expect(
      passes(query('IT', ['1\ta', '2\tb']), [
        ['2', 'b'],
        ['1', 'a'],
      ]),
    ).toBe(false);
    expect(passes(query('I', ['1']), [['1'], ['1']])).toBe(false);
    expect(passes(query('I', ['1']), [])).toBe(false);
    expect(passes(query('I', []), [])).toBe(true);
  });

  test('one value per line', () => {
    expect(
      passes(query('IT', ['1', 'a', '2', 'b']), [
        ['1', 'a'],
        ['2', 'b'],
      ]),
    ).toBe(true);
  });

  test('sorted by row, and by value', () => {
    expect(
      passes(query('IT', ['1\ta', '2\tb'], 'rowsort'), [
        ['2', 'b'],
        ['1', 'a'],
      ]),
    ).toBe(true);
    expect(
      passes(query('IT', ['1\ta', '2\tb'], 'rowsort'), [
        ['2', 'a'],
        ['1', 'b'],
      ]),
    ).toBe(false);
    expect(
      passes(query('II', ['1\t2', '3\t4'], 'valuesort'), [
        ['4', '3'],
        ['2', '1'],
      ]),
    ).toBe(true);
    expect(
      passes(query('II', ['1\t2', '3\t4'], 'valuesort'), [
        ['4', '3'],
        ['2', '2'],
      ]),
    ).toBe(false);
  });

  test('reals as close as the contract asks, other types exactly', () => {
    expect(passes(query('R', ['0.5']), [['0.5000019']])).toBe(true);
    expect(passes(query('R', ['0.5']), [['0.500003']])).toBe(false);
    expect(passes(query('R', ['0']), [['NaN']])).toBe(false);
    expect(passes(query('R', ['NULL']), [['NULL']])).toBe(true);
    expect(passes(query('R', ['0']), [['NULL']])).toBe(false);
    expect(passes(query('T', ['0.5']), [['0.5000001']])).toBe(false);
  });

  test('columns that do not fit are errors', () => {
    expect(() => comparable(query('I', ['1']), [['1', '2']])).toThrow(
      'line 1: the query has 2 columns, the test says 1',
    );
    expect(() => comparable(query('II', ['1\t2\t3']), [['1', '2']])).toThrow(
      'line 1: expected rows need 2 values',
    );
  });
});

test('matchesError', () => {
  expect(matchesError('Binder Error: k is 3\n\nLINE 1', 'Binder Error: k is 3')).toBe(true);
  expect(matchesError('Binder Error: k is 3', 'k is 4')).toBe(false);
  expect(matchesError('Binder Error: k is 3\nLINE 1', String.raw`<REGEX>:^Binder Error: k is \d\nLINE`)).toBe(
    true,
  );
  expect(matchesError('Error: Binder Error: k is 3', '<REGEX>:^Binder')).toBe(false);
});
