import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { open } from './setup.ts';

describe('statements that read the rows compute each call once', () => {
  test.each([
    ['CREATE TABLE AS', `CREATE TABLE t AS FROM numbers('data')`],
    ['CREATE OR REPLACE TEMP TABLE AS', `CREATE OR REPLACE TEMP TABLE t AS FROM numbers('data')`],
    ['INSERT', `INSERT INTO data FROM numbers('data')`],
    ['UPDATE FROM', `UPDATE data SET n = found.n + 1 FROM numbers('data') AS found WHERE found.n = data.n`],
    ['DELETE USING', `DELETE FROM data USING numbers('data') AS found WHERE found.n = data.n`],
    ['MERGE', `MERGE INTO data USING numbers('data') AS found ON found.n = data.n WHEN MATCHED THEN DELETE`],
    ['a subquery', `SELECT * FROM data WHERE n IN (SELECT n FROM numbers('data'))`],
    ['a scalar subquery', `SELECT (SELECT sum(n) FROM numbers('data'))`],
    ['a common table expression', `WITH found AS (FROM numbers('data')) FROM found`],
    [
      'a CTE used twice',
      `WITH found AS (FROM numbers('data')) SELECT * FROM found JOIN found AS other USING (n)`,
    ],
    ['a self-join', `SELECT * FROM numbers('data') AS a JOIN numbers('data') AS b USING (n)`],
    ['UNION ALL', `FROM numbers('data') UNION ALL FROM numbers('data')`],
    [
      'a correlated subquery',
      `SELECT (SELECT count(*) FROM numbers('data') AS f WHERE f.n < data.n) FROM data`,
    ],
    ['PIVOT', `PIVOT (FROM numbers('data')) ON n USING count(*)`],
    ['UNPIVOT', `UNPIVOT (FROM numbers('data')) ON n`],
    ['CALL', `CALL numbers('data')`],
    ['query() of a text', `FROM query('FROM numbers(''data'')')`],
    ['SHOW of a query', `SELECT * FROM (SUMMARIZE FROM numbers('data'))`],
    ['LIMIT 0', `FROM numbers('data') LIMIT 0`],
    ['SUMMARIZE', `SUMMARIZE FROM numbers('data')`],
    ['EXPLAIN ANALYZE', `EXPLAIN ANALYZE FROM numbers('data')`],
    ['EXPLAIN (ANALYZE, …)', `EXPLAIN (ANALYZE, FORMAT json) FROM numbers('data')`],
    ['EXPLAIN ANALYZE behind comments', `/* a */ explain -- b\n analyze FROM numbers('data')`],
    ['SET VARIABLE', `SET VARIABLE total = (SELECT sum(n) FROM numbers('data'))`],
    ['a semicolon and comments around', `-- first\n;; FROM numbers('data') ; /* last */ ;`],
    ['a text that looks like EXPLAIN', `SELECT 'explain' FROM numbers('data')`],
    ['a table called explain', `SELECT n AS "create view" FROM numbers('data')`],
  ])('%s', async (_, sql) => {
    const { connection, computed } = await open();
    await connection.run(sql);
    expect(computed).toEqual(['data']);
  });

  test('COPY', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nearduck-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { connection, computed, numbers } = await open();
    await connection.run(`COPY (FROM numbers('data')) TO '${folder}/n.parquet'`);
    expect(computed).toEqual(['data']);
    expect(await numbers(`FROM '${folder}/n.parquet'`)).toEqual([1, 2, 3]);
  });

  test('a view, each time it is read', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(`CREATE VIEW found AS FROM numbers('data')`);
    expect(await numbers('FROM found')).toEqual([1, 2, 3]);
    await connection.run('INSERT INTO data VALUES (4)');
    expect(await numbers('FROM found')).toEqual([1, 2, 3, 4]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('a table macro', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(
      'CREATE MACRO found(relation, least) AS TABLE FROM numbers(relation) WHERE n >= least',
    );
    expect(await numbers(`FROM found('data', 2)`)).toEqual([2, 3]);
    expect(computed).toEqual(['data']);
  });

  test('what was written is what was computed', async () => {
    const { connection, numbers } = await open();
    await connection.run(`INSERT INTO data SELECT n + 10 FROM numbers('data')`);
    expect(await numbers('FROM data ORDER BY n')).toEqual([1, 2, 3, 11, 12, 13]);
    await connection.run(
      `UPDATE data SET n = -found.n FROM numbers('FROM data WHERE n > 10') AS found WHERE found.n = data.n`,
    );
    expect(await numbers('FROM data ORDER BY n')).toEqual([-13, -12, -11, 1, 2, 3]);
    await connection.run(
      `MERGE INTO data USING (SELECT n + 1 AS n FROM numbers('FROM data WHERE n > 0')) AS found ON found.n = data.n
       WHEN MATCHED THEN UPDATE SET n = data.n * 100 WHEN NOT MATCHED THEN INSERT VALUES (found.n)`,
    );
    expect(await numbers('FROM data ORDER BY n')).toEqual([-13, -12, -11, 1, 4, 200, 300]);
  });

  test('INSERT … RETURNING', async () => {
    const { computed, numbers } = await open();
    expect(await numbers(`INSERT INTO data FROM numbers('data') RETURNING n`)).toEqual([1, 2, 3]);
    expect(computed).toEqual(['data']);
  });
});

test('EXPLAIN ANALYZE of EXECUTE', async () => {
  const { connection, computed } = await open();
  await connection.run(`PREPARE p AS FROM numbers('data')`);
  await connection.run('EXPLAIN ANALYZE EXECUTE p');
  expect(computed).toEqual(['data']);
});

describe('calls that differ are computed each', () => {
  test('other relations', async () => {
    const { connection, computed } = await open();
    await connection.run(`FROM numbers('data') AS a JOIN numbers('FROM data') AS b USING (n)`);
    expect(computed.toSorted()).toEqual(['FROM data', 'data']);
  });

  test('an equal call in the next statement', async () => {
    const { connection, computed } = await open();
    await connection.run(`FROM numbers('data'); FROM numbers('data')`);
    expect(computed).toEqual(['data', 'data']);
  });

  test('a nested call is computed inside the outer one', async () => {
    const { computed, numbers } = await open();
    const inner = `SELECT n + 1 AS n FROM numbers('data')`;
    expect(
      await numbers(
        `SELECT * FROM numbers($$SELECT n * 10 AS n FROM numbers('${inner.replaceAll("'", "''")}')$$)`,
      ),
    ).toEqual([20, 30, 40]);
    expect(computed).toEqual([
      `SELECT n * 10 AS n FROM numbers('${inner.replaceAll("'", "''")}')`,
      inner,
      'data',
    ]);
  });

  test('a nested call through a view', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(`CREATE VIEW found AS SELECT n * 2 AS n FROM numbers('data')`);
    expect(await numbers(`FROM numbers('found')`)).toEqual([2, 4, 6]);
    expect(computed).toEqual(['found', 'data']);
  });
});

describe('statements that only bind do not compute', () => {
  test.each([
    ['CREATE VIEW', `CREATE VIEW v AS FROM numbers('data')`],
    ['CREATE OR REPLACE TEMP VIEW', `CREATE OR REPLACE TEMP VIEW v AS FROM numbers('data')`],
    ['CREATE VIEW IF NOT EXISTS', `create temporary view if not exists v (m) AS FROM numbers('data')`],
    [
      'CREATE VIEW behind comments',
      `-- a\n/* b */ CREATE /* c */ OR -- d\n REPLACE VIEW v AS FROM numbers('data')`,
    ],
    ['CREATE MACRO … AS TABLE', `CREATE MACRO m() AS TABLE FROM numbers('data')`],
    [
      'CREATE OR REPLACE TEMP MACRO',
      `CREATE OR REPLACE TEMP MACRO m(x) AS (SELECT sum(n) + x FROM numbers('data'))`,
    ],
    ['CREATE FUNCTION', `CREATE FUNCTION f(x) AS x + (SELECT sum(n) FROM numbers('data'))`],
    ['EXPLAIN', `EXPLAIN FROM numbers('data')`],
    ['EXPLAIN (FORMAT …)', `EXPLAIN (FORMAT json) FROM numbers('data')`],
    ['EXPLAIN behind comments', `/* analyze */ EXPLAIN -- analyze\n SELECT 'analyze' FROM numbers('data')`],
    ['EXPLAIN of CREATE TABLE AS', `EXPLAIN CREATE TABLE t AS FROM numbers('data')`],
    ['PREPARE', `PREPARE p AS FROM numbers('data')`],
    ['PREPARE with a parameter', `PREPARE p AS FROM numbers('data') WHERE n > $1`],
    ['DESCRIBE', `DESCRIBE FROM numbers('data')`],
  ])('%s', async (_, sql) => {
    const { connection, computed } = await open();
    await connection.run(sql);
    expect(computed).toEqual([]);
    for await (const { result } of connection.statements(sql.replace(/\b(?:v|m|p|f)\b(?=[ (])/, 'other')))
      await result.getRows();
    expect(computed).toEqual([]);
  });

  test('prepare()', async () => {
    const { connection, computed, binds } = await open();
    const statement = await connection.prepare(`FROM numbers('data')`);
    expect(statement.columnName(0)).toBe('n');
    expect(computed).toEqual([]);
    expect(new Set(binds)).toEqual(new Set(['data']));
    statement.destroySync();
  });

  test('a view of a view', async () => {
    const { connection, computed } = await open();
    await connection.run(
      `CREATE VIEW a AS FROM numbers('data'); CREATE VIEW b AS FROM a; CREATE VIEW c AS FROM numbers('b')`,
    );
    expect(computed).toEqual([]);
  });
});
