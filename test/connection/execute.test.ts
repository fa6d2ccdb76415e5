import { INTEGER } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import type { StatementResult } from '../../src/connection/connection.ts';
import { open } from './setup.ts';

const SQL = `SELECT n FROM numbers('data') ORDER BY n`;

describe('every way to execute computes the rows of a call once', () => {
  test('run', async () => {
    const { connection, computed } = await open();
    const result = await connection.run(SQL);
    expect(await result.getRows()).toEqual([[1n], [2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test('runAndReadAll', async () => {
    const { connection, computed } = await open();
    const reader = await connection.runAndReadAll(SQL);
    expect(reader.getRows()).toEqual([[1n], [2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test('runAndReadUntil', async () => {
    const { connection } = await open();
    const reader = await connection.runAndReadUntil(SQL, 1);
    expect(reader.getRows()[0]).toEqual([1n]);
  });

  test('stream', async () => {
    const { connection, computed } = await open();
    const result = await connection.stream(SQL);
    expect(await result.getRows()).toEqual([[1n], [2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test('streamAndReadAll', async () => {
    const { connection, computed } = await open();
    expect((await connection.streamAndReadAll(SQL)).getRows()).toEqual([[1n], [2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test('start', async () => {
    const { connection, computed } = await open();
    const pending = await connection.start(SQL);
    const result = await pending.getResult();
    expect(await result.getRows()).toEqual([[1n], [2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test('startStream', async () => {
    const { connection, computed } = await open();
    const pending = await connection.startStream(SQL);
    expect((await pending.readAll()).getRows()).toEqual([[1n], [2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test('statements', async () => {
    const { connection, computed } = await open();
    const rows: unknown[] = [];
    for await (const { sql, result } of connection.statements(`${SQL};\nSELECT 7`))
      rows.push([sql.trim(), await result.getRows()]);
    expect(rows).toEqual([
      [`${SQL};`, [[1n], [2n], [3n]]],
      ['SELECT 7', [[7]]],
    ]);
    expect(computed).toEqual(['data']);
  });
});

describe('values bound with the text', () => {
  test.each(['run', 'stream'] as const)('%s', async (method) => {
    const { connection, computed } = await open();
    const result = await connection[method](`SELECT n FROM numbers(?) WHERE n > ? ORDER BY n`, ['data', 1]);
    expect(await result.getRows()).toEqual([[2n], [3n]]);
    expect(computed).toEqual(['data']);
  });

  test.each(['start', 'startStream'] as const)('%s', async (method) => {
    const { connection, computed } = await open();
    const pending = await connection[method](
      'SELECT n + $more FROM numbers($relation) ORDER BY n',
      { relation: 'data', more: 10 },
      {
        more: INTEGER,
      },
    );
    expect((await pending.readAll()).getRows().map(([n]) => Number(n))).toEqual([11, 12, 13]);
    expect(computed).toEqual(['data']);
  });

  test('beside a call without parameters', async () => {
    const { connection, computed } = await open();
    const reader = await connection.runAndReadAll(`SELECT n FROM numbers('data') WHERE n = $1`, [2]);
    expect(reader.getRows()).toEqual([[2n]]);
    expect(computed).toEqual(['data']);
  });

  test('belong to the last statement of a script', async () => {
    const { connection } = await open();
    const reader = await connection.runAndReadAll(
      'INSERT INTO data VALUES (4); SELECT n FROM numbers(?) WHERE n > ?',
      ['data', 3],
    );
    expect(reader.getRows()).toEqual([[4n]]);
  });
});

test('result columns keep their names and types when nothing is computed for them', async () => {
  const { connection, computed } = await open();
  const reader = await connection.runAndReadAll(`SELECT count(*) AS rows FROM numbers('data')`);
  expect(reader.columnNames()).toEqual(['rows']);
  expect(reader.getRows()).toEqual([[3n]]);
  expect(computed).toEqual(['data']);
});

test('a result of many chunks arrives whole, streamed or not', async () => {
  const { connection, numbers } = await open();
  const sql = `SELECT n FROM numbers('SELECT range AS n FROM range(10000)')`;
  expect(await numbers(`SELECT sum(n) FROM numbers('SELECT range AS n FROM range(10000)')`)).toEqual([
    49_995_000,
  ]);
  const result = await connection.stream(sql);
  const values = (await result.getRows()).map(([n]) => Number(n));
  expect(values).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
});

test('no rows', async () => {
  const { numbers, computed } = await open();
  expect(await numbers(`FROM numbers('FROM data WHERE n > 9')`)).toEqual([]);
  expect(computed).toEqual(['FROM data WHERE n > 9']);
});

test('statements of one connection wait for each other', async () => {
  const { connection } = await open();
  const readers = await Promise.all([
    connection.runAndReadAll(`SELECT count(*) FROM numbers('data')`),
    connection.runAndReadAll('INSERT INTO data VALUES (4)'),
    connection.runAndReadAll(`SELECT count(*) FROM numbers('data')`),
  ]);
  expect(readers.map((reader) => reader.getRows()[0][0])).toEqual([3n, 1n, 4n]);
});

test('a failed statement does not hold up the next one', async () => {
  const { connection, numbers } = await open();
  const failed = connection.run(`FROM numbers('data', behave := 'fail')`);
  const next = numbers(SQL);
  await expect(failed).rejects.toThrow('numbers: failed on purpose');
  expect(await next).toEqual([1, 2, 3]);
});

describe('a stream whose statement fails after its first rows', () => {
  const failing = `SELECT if(i = 60000, error('stop'), i::VARCHAR) AS i FROM range(70000) AS t(i)`;
  const message = 'Invalid Input Error: the statement failed while its rows were read';

  test('is an error, not the end of the rows', async () => {
    const { connection } = await open();
    await connection.run(`SET streaming_buffer_size = '16KB'`);
    await expect((await connection.stream(failing)).getRows()).rejects.toThrow(message);
    await expect(connection.streamAndReadAll(failing)).rejects.toThrow(message);
    const statement = await connection.prepare(failing);
    await expect((await statement.stream()).getRows()).rejects.toThrow(message);
    const { value } = await connection.statements(failing).next();
    await expect((value as StatementResult).result.getRows()).rejects.toThrow(message);
    await expect(connection.run(failing)).rejects.toThrow('stop');
  });

  test('so does one that is interrupted', async () => {
    const { connection } = await open();
    await connection.run(`SET streaming_buffer_size = '16KB'`);
    const slow = `SELECT i FROM range(10000000000) AS t(i) WHERE i < 50000 OR i % 7 = 8`;
    const read = (await connection.stream(slow)).getRows();
    setTimeout(() => connection.interrupt(), 200);
    await expect(read).rejects.toThrow('INTERRUPT Error: Interrupted!');
  });
});
