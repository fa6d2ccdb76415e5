import { describe, expect, test } from 'vitest';
import { open } from './setup.ts';

describe('a call computes inside the transaction of its statement', () => {
  test('and sees its uncommitted rows, which others do not', async () => {
    const { connection, instance, numbers } = await open();
    await connection.run('BEGIN; INSERT INTO data VALUES (4)');
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3, 4]);
    await connection.run('CREATE TABLE made AS SELECT 11 AS n');
    expect(await numbers(`FROM numbers('made')`)).toEqual([11]);
    const other = await instance.connect();
    expect((await other.runAndReadAll('SELECT count(*) FROM data')).getRows()).toEqual([[3n]]);
    await connection.run('ROLLBACK');
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3]);
  });

  test('and what it wrote is rolled back with it', async () => {
    const { connection, numbers } = await open();
    await connection.run(`BEGIN; INSERT INTO data SELECT n + 10 FROM numbers('data')`);
    expect(await numbers('SELECT count(*) FROM data')).toEqual([6]);
    await connection.run('ROLLBACK');
    expect(await numbers('SELECT count(*) FROM data')).toEqual([3]);
  });

  test('and is committed with it', async () => {
    const { connection, numbers } = await open();
    await connection.run(`BEGIN; INSERT INTO data SELECT n + 10 FROM numbers('data'); COMMIT`);
    expect(await numbers('SELECT count(*) FROM data')).toEqual([6]);
  });
});

describe('an explicit transaction is usable after', () => {
  test.each([
    ['a relation that does not exist', `FROM numbers('nope')`, /Catalog Error: numbers: relation 'nope'/],
    [
      'arguments that are refused',
      `FROM numbers('data', behave := 'refuse')`,
      /Binder Error: numbers: refused/,
    ],
    [
      'a table that does not exist',
      `SELECT * FROM numbers('data') JOIN nope USING (n)`,
      /nope does not exist/,
    ],
    ['an error while it computes', `FROM numbers('data', behave := 'fail')`, /numbers: failed on purpose/],
    [
      'an error in a nested call',
      `FROM numbers('FROM numbers(''data'', behave := ''fail'')')`,
      /numbers: failed on purpose/,
    ],
    ['a syntax error', `FROM numbers('data'`, /Parser Error/],
  ])('%s', async (_, sql, message) => {
    const { connection, numbers } = await open();
    await connection.run('BEGIN; INSERT INTO data VALUES (4)');
    await expect(connection.run(sql)).rejects.toThrow(message);
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3, 4]);
    await connection.run('COMMIT');
    expect(await numbers('FROM data ORDER BY n')).toEqual([1, 2, 3, 4]);
  });

  test('an error in the same statement of a prepared one', async () => {
    const { connection, numbers } = await open();
    await connection.run('BEGIN; INSERT INTO data VALUES (4)');
    const statement = await connection.prepare('SELECT n FROM numbers($1)');
    statement.bindVarchar(1, 'nope');
    await expect(statement.run()).rejects.toThrow(/numbers: relation 'nope'/);
    expect(await numbers('SELECT count(*) FROM data')).toEqual([4]);
    await connection.run('COMMIT');
  });

  test('a prepared statement whose argument is known only when it runs', async () => {
    const { connection, numbers } = await open();
    await connection.run('BEGIN; INSERT INTO data VALUES (4)');
    const reader = await connection.runAndReadAll('SELECT n FROM numbers($1)', ['data']);
    expect(reader.getRows()).toHaveLength(4);
    await connection.run('COMMIT');
    expect(await numbers('SELECT count(*) FROM data')).toEqual([4]);
  });

  test('EXECUTE with such an argument', async () => {
    const { connection, numbers } = await open();
    await connection.run('PREPARE p AS SELECT n FROM numbers($1); BEGIN; INSERT INTO data VALUES (4)');
    expect(await numbers(`EXECUTE p('data')`)).toEqual([1, 2, 3, 4]);
    await connection.run('COMMIT');
    expect(await numbers('SELECT count(*) FROM data')).toEqual([4]);
  });
});

test('an error DuckDB itself raises while it executes aborts the transaction, as everywhere in DuckDB', async () => {
  const { connection } = await open();
  await connection.run('BEGIN');
  await expect(connection.run(`SELECT error('x' || n) FROM numbers('data')`)).rejects.toThrow(/x1/);
  await connection.run('ROLLBACK');
  expect((await connection.runAndReadAll('SELECT 1')).getRows()).toEqual([[1]]);
});

test('temp tables and views of the connection are seen', async () => {
  const { connection, numbers } = await open();
  await connection.run(
    'CREATE TEMP TABLE t AS SELECT 21 AS n; CREATE TEMP VIEW v AS SELECT n + 1 AS n FROM t',
  );
  expect(await numbers(`FROM numbers('t')`)).toEqual([21]);
  expect(await numbers(`FROM numbers('v')`)).toEqual([22]);
});

test('settings, variables and the current schema of the connection hold', async () => {
  const { connection, numbers } = await open();
  await connection.run(
    `CREATE SCHEMA s; CREATE TABLE s.data AS SELECT 31 AS n; SET VARIABLE from_n = 31; SET schema = 's'`,
  );
  expect(await numbers(`FROM numbers('FROM data WHERE n >= getvariable(''from_n'')')`)).toEqual([31]);
});
