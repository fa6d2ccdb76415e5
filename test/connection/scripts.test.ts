import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasStatement, splitStatements } from '../../src/connection/statements.ts';
import { open } from './setup.ts';
import { caseCount } from '../support/cases.ts';

describe('scripts', () => {
  test('run all statements and return the rows of the last', async () => {
    const { computed, numbers } = await open();
    const script = `
      -- a script; with remarks
      INSERT INTO data VALUES (4);
      CREATE TABLE first AS FROM numbers('data');
      INSERT INTO data VALUES (5);
      SELECT n FROM numbers('data') ANTI JOIN first USING (n);`;
    expect(await numbers(script)).toEqual([5]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('see in a statement what the one before made', async () => {
    const { numbers } = await open();
    expect(
      await numbers(
        `CREATE TABLE t AS SELECT 8 AS n; CREATE VIEW v AS FROM numbers('t'); INSERT INTO t VALUES (9); FROM v ORDER BY n`,
      ),
    ).toEqual([8, 9]);
  });

  test('stop at the first error and keep what was done before', async () => {
    const { connection, computed, numbers } = await open();
    await expect(
      connection.run(
        `INSERT INTO data VALUES (4); FROM numbers('data', behave := 'fail'); INSERT INTO data VALUES (5); FROM numbers('data')`,
      ),
    ).rejects.toThrow('numbers: failed on purpose');
    expect(computed).toEqual(['data']);
    expect(await numbers('FROM data ORDER BY n')).toEqual([1, 2, 3, 4]);
  });

  test('with a syntax error run nothing', async () => {
    const { connection, numbers } = await open();
    await expect(connection.run(`INSERT INTO data VALUES (4); SELEKT 1;`)).rejects.toThrow(
      /^Parser Error: .*SELEKT/,
    );
    expect(await numbers('SELECT count(*) FROM data')).toEqual([3]);
  });

  test.each([
    [
      'in a string',
      `SELECT 1; SELECT len('a;b;''c;') + n FROM numbers('FROM data; -- ; all');`,
      [7 + 1, 7 + 2, 7 + 3],
    ],
    ['in a name', `CREATE TABLE "a;b" AS SELECT 5 AS "n;"; SELECT "n;" FROM "a;b"`, [5]],
    ['in a line comment', `SELECT 1 -- one; two; '\n; SELECT n FROM numbers('data') -- ; three`, [1, 2, 3]],
    ['in a block comment', `SELECT 1 /* ; ' */; /* ; */ SELECT n FROM numbers('data') /* ; ; */`, [1, 2, 3]],
    ['in a dollar quote', `SELECT 1; SELECT length($$a;b'$$) + length($tag$;$$;$tag$)`, [4 + 4]],
    [
      'in a call within a dollar quote',
      `SELECT 1; SELECT n FROM numbers($q$SELECT n FROM data WHERE n::VARCHAR <> ';'$q$) ORDER BY n`,
      [1, 2, 3],
    ],
    ['in an escape string', String.raw`SELECT 1; SELECT length(e'\';')`, [2]],
    ['doubled', `;;SELECT 1;; ;SELECT n FROM numbers('data');;`, [1, 2, 3]],
  ])('semicolons %s', async (_, script, rows) => {
    const { numbers } = await open();
    expect(await numbers(script)).toEqual(rows);
  });

  test('PIVOT, which DuckDB makes two statements of, alone and among others', async () => {
    const { connection, computed } = await open();
    const pivot = `PIVOT (SELECT n, 1 AS one FROM numbers('data')) ON n USING sum(one)`;
    expect((await connection.runAndReadAll(pivot)).columnNames()).toEqual(['1', '2', '3']);
    expect(computed).toEqual(['data']);
    const reader = await connection.runAndReadAll(`SELECT 1; ${pivot}; ${pivot}`);
    expect(reader.columnNames()).toEqual(['1', '2', '3']);
  });

  test.each(['', '  \n\t', ';', ';;;', '-- only a comment', '-- a\n-- b\n', '/* only */', '/* a */ ; -- b'])(
    'without a statement fail as DuckDB does: %j',
    async (script) => {
      const { connection, instance, numbers } = await open();
      const plain = await instance.connect();
      const expected = await plain.run(script).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const actual = await connection.run(script).then(
        () => undefined,
        (error: Error) => error.message,
      );
      expect(actual).toBe(expected);
      for await (const { sql } of connection.statements(script)) expect.unreachable(sql);
      expect(await numbers('SELECT 1')).toEqual([1]);
    },
  );
});

describe('statements()', () => {
  test('yields each statement with its text and rows, when it is taken', async () => {
    const { connection, computed } = await open();
    const seen: unknown[] = [];
    for await (const { sql, result } of connection.statements(
      `FROM numbers('data'); INSERT INTO data VALUES (4); SELECT count(*) FROM numbers('data')`,
    )) {
      seen.push(sql.trim(), await result.getRows(), computed.length);
    }
    expect(seen).toEqual([
      `FROM numbers('data');`,
      [[1n], [2n], [3n]],
      1,
      'INSERT INTO data VALUES (4);',
      [[1n]],
      1,
      `SELECT count(*) FROM numbers('data')`,
      [[4n]],
      2,
    ]);
  });

  test('does not run what is not taken', async () => {
    const { connection, numbers } = await open();
    for await (const { result } of connection.statements('SELECT 1; INSERT INTO data VALUES (4)')) {
      await result.getRows();
      break;
    }
    expect(await numbers('SELECT count(*) FROM data')).toEqual([3]);
  });
});

test('splitting gives back the statements a script was made of', async () => {
  const { connection } = await open();
  const statement = fc.constantFrom(
    `SELECT 1`,
    `SELECT ';'`,
    `SELECT ''';--'`,
    `SELECT $$;'$$`,
    `SELECT $a$;$$;$a$`,
    `SELECT 1 AS ";"`,
    `SELECT /* ; */ 1`,
    `SELECT 1 -- ;\n`,
    `SELECT -- '\n 2`,
    `CREATE TABLE t (a INTEGER DEFAULT (1))`,
    `INSERT INTO t VALUES (1)`,
    `SET VARIABLE x = 'a;b'`,
  );
  const gap = fc.constantFrom(';', ' ; ', ';\n-- a; comment\n', '; /* b; */ ', ';;', ';\n;');
  const script = fc.array(fc.tuple(statement, gap), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (parts, closed) => {
      const text = parts
        .map(([sql, between], i) => (i === parts.length - 1 && !closed ? sql : sql + between))
        .join('');
      const found = await splitStatements(connection, text);
      expect(found).toHaveLength(parts.length);
      parts.forEach(([sql], i) => expect(found[i].text).toContain(sql.trim()));
      expect(found.map(({ text: own }) => own).join('').length).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: caseCount(60) },
  );
});

test.each([
  ['', false],
  [' ;\n', false],
  ['-- a', false],
  ['/* a ; */ -- b', false],
  ['-- a\n SELECT 1', true],
  ['/* a */ x', true],
])('hasStatement(%j)', (text, expected) => {
  expect(hasStatement(text)).toBe(expected);
});
