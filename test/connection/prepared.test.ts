import { DuckDBPendingResultState } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { open } from './setup.ts';

describe('prepare()', () => {
  test('computes at each execution, on the data of then', async () => {
    const { connection, computed } = await open();
    const statement = await connection.prepare(`SELECT sum(n)::INTEGER FROM numbers('data')`);
    expect((await statement.runAndReadAll()).getRows()).toEqual([[6]]);
    await connection.run('INSERT INTO data VALUES (10)');
    expect((await statement.runAndReadAll()).getRows()).toEqual([[16]]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('stream, streamAndReadAll and start do too', async () => {
    const { connection, computed } = await open();
    const statement = await connection.prepare(`SELECT max(n) FROM numbers('data')`);
    expect(await (await statement.stream()).getRows()).toEqual([[3n]]);
    await connection.run('INSERT INTO data VALUES (4)');
    expect((await statement.streamAndReadAll()).getRows()).toEqual([[4n]]);
    await connection.run('INSERT INTO data VALUES (5)');
    expect((await statement.start().readAll()).getRows()).toEqual([[5n]]);
    await connection.run('INSERT INTO data VALUES (6)');
    expect((await statement.startStream().readAll()).getRows()).toEqual([[6n]]);
    expect(computed).toHaveLength(4);
  });

  test('a pending result can be polled while its rows are computed', async () => {
    const { connection } = await open();
    const statement = await connection.prepare(`SELECT n FROM numbers('data')`);
    const pending = statement.start();
    while (pending.runTask() !== DuckDBPendingResultState.RESULT_READY) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await pending.readAll()).getRows()).toEqual([[1n], [2n], [3n]]);
  });

  test('a pending result rejects with what went wrong', async () => {
    const { connection } = await open();
    const statement = await connection.prepare(`FROM numbers('data', behave := 'fail')`);
    await expect(statement.start().getResult()).rejects.toThrow(
      'Invalid Input Error: numbers: failed on purpose',
    );
  });

  test('with a parameter of the function, other values at each execution', async () => {
    const { connection, computed } = await open();
    await connection.run('CREATE TABLE more AS FROM (VALUES (7), (8)) AS t(n)');
    const statement = await connection.prepare('SELECT n FROM numbers($1) WHERE n <> $2 ORDER BY n');
    for (const [relation, without, rows] of [
      ['data', 2, [1, 3]],
      ['more', 7, [8]],
      ['data', 1, [2, 3]],
    ] as const) {
      statement.bindVarchar(1, relation);
      statement.bindInteger(2, without);
      const reader = await statement.runAndReadAll();
      expect(reader.getRows().map(([n]) => Number(n))).toEqual(rows);
    }
    expect(computed).toEqual(['data', 'more', 'data']);
  });

  test('with a parameter elsewhere', async () => {
    const { connection, computed } = await open();
    const statement = await connection.prepare(`SELECT n FROM numbers('data') WHERE n > $least`);
    statement.bind({ least: 1 });
    expect((await statement.runAndReadAll()).getRows()).toEqual([[2n], [3n]]);
    await connection.run('INSERT INTO data VALUES (9)');
    statement.bind({ least: 2 });
    expect((await statement.runAndReadAll()).getRows()).toEqual([[3n], [9n]]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('equal calls in it are computed once', async () => {
    const { connection, computed } = await open();
    const statement = await connection.prepare(
      `SELECT count(*) FROM numbers('data') AS a JOIN numbers('data') AS b USING (n)`,
    );
    expect((await statement.runAndReadAll()).getRows()).toEqual([[3n]]);
    expect(computed).toEqual(['data']);
  });

  test('INSERT', async () => {
    const { connection, numbers } = await open();
    const statement = await connection.prepare(
      `INSERT INTO data SELECT n + 100 FROM numbers('FROM data WHERE n < 3')`,
    );
    await statement.run();
    await statement.run();
    expect(await numbers('FROM data ORDER BY n')).toEqual([1, 2, 3, 101, 101, 102, 102]);
  });

  test('without any of our functions', async () => {
    const { connection } = await open();
    const statement = await connection.prepare('SELECT $1::INTEGER + 1');
    statement.bindInteger(1, 41);
    expect((await statement.runAndReadAll()).getRows()).toEqual([[42]]);
    expect((await statement.start().readAll()).getRows()).toEqual([[42]]);
  });

  test('binds no view that is gone, and says so', async () => {
    const { connection } = await open();
    await connection.run('CREATE VIEW v AS FROM data');
    const statement = await connection.prepare(`FROM numbers('v')`);
    await connection.run('DROP VIEW v');
    await expect(statement.run()).rejects.toThrow(/Catalog Error: .*v does not exist/);
    expect((await connection.runAndReadAll('SELECT 1')).getRows()).toEqual([[1]]);
  });

  test('runs again after it failed', async () => {
    const { connection } = await open();
    const statement = await connection.prepare(
      `SELECT n FROM numbers('SELECT CASE WHEN count(*) > 3 THEN error(''too many'') ELSE 5 END AS n FROM data')`,
    );
    expect((await statement.runAndReadAll()).getRows()).toEqual([[5n]]);
    await connection.run('INSERT INTO data VALUES (4)');
    await expect(statement.run()).rejects.toThrow('too many');
    await connection.run('DELETE FROM data WHERE n = 4');
    expect((await statement.runAndReadAll()).getRows()).toEqual([[5n]]);
  });

  test('two prepared statements do not share rows', async () => {
    const { connection } = await open();
    const all = await connection.prepare(`SELECT count(*) FROM numbers('data')`);
    const few = await connection.prepare(`SELECT count(*) FROM numbers('FROM data LIMIT 1')`);
    expect((await all.runAndReadAll()).getRows()).toEqual([[3n]]);
    expect((await few.runAndReadAll()).getRows()).toEqual([[1n]]);
    expect((await all.runAndReadAll()).getRows()).toEqual([[3n]]);
  });
});

describe('PREPARE and EXECUTE', () => {
  test('EXECUTE computes at each execution, on the data of then', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(`PREPARE total AS SELECT sum(n) FROM numbers('data')`);
    expect(computed).toEqual([]);
    expect(await numbers('EXECUTE total')).toEqual([6]);
    await connection.run('INSERT INTO data VALUES (10)');
    expect(await numbers('EXECUTE total')).toEqual([16]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('with values for parameters', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(`PREPARE above AS SELECT n FROM numbers('data') WHERE n > $1`);
    expect(await numbers('EXECUTE above(1)')).toEqual([2, 3]);
    expect(await numbers('EXECUTE above(2)')).toEqual([3]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('with a parameter of the function', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run('PREPARE found AS SELECT n FROM numbers($1) ORDER BY n');
    expect(await numbers(`EXECUTE found('data')`)).toEqual([1, 2, 3]);
    await connection.run('INSERT INTO data VALUES (4)');
    expect(await numbers(`EXECUTE found('FROM data WHERE n > 2')`)).toEqual([3, 4]);
    expect(await numbers(`EXECUTE found('data')`)).toEqual([1, 2, 3, 4]);
    expect(computed).toEqual(['data', 'FROM data WHERE n > 2', 'data']);
  });

  test('quoted names, other case, comments, and a script', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(`/* c */ prepare "My Total" AS SELECT sum(n) FROM numbers('data');`);
    expect(await numbers(`-- now\nexecute "My Total";`)).toEqual([6]);
    expect(await numbers(`PREPARE Other AS SELECT max(n) FROM numbers('data'); EXECUTE other`)).toEqual([3]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('a name with quotes or without, in any case, is the same name', async () => {
    const { connection, computed, numbers } = await open();
    await connection.run(`PREPARE "Total" AS SELECT sum(n) FROM numbers('data')`);
    expect(await numbers('EXECUTE total')).toEqual([6]);
    expect(await numbers('EXECUTE "TOTAL"')).toEqual([6]);
    expect(computed).toEqual(['data', 'data']);
  });

  test('a name prepared again means the new statement', async () => {
    const { connection, numbers } = await open();
    await connection.run(`PREPARE p AS SELECT sum(n) FROM numbers('data')`);
    await connection.run(`DEALLOCATE p`);
    await connection.run(`PREPARE p AS SELECT max(n) FROM numbers('FROM data WHERE n < 3')`);
    expect(await numbers('EXECUTE p')).toEqual([2]);
    expect(await numbers('EXECUTE p')).toEqual([2]);
  });

  test('beside statements of other kinds', async () => {
    const { connection, numbers } = await open();
    await connection.run(`PREPARE p AS INSERT INTO data SELECT n + 10 FROM numbers('data')`);
    await connection.run('EXECUTE p');
    expect(await numbers('FROM data ORDER BY n')).toEqual([1, 2, 3, 11, 12, 13]);
    await connection.run('PREPARE q AS SELECT 40 + $1');
    expect(await numbers('EXECUTE q(2)')).toEqual([42]);
    await expect(connection.run('EXECUTE none')).rejects.toThrow('Prepared statement "none" does not exist');
  });
});
