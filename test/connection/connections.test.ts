import { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../src/connection/connection.ts';
import { countingFunction } from '../support/countingFunction.ts';
import { open } from './setup.ts';

test('is a DuckDBConnection', async () => {
  const { connection } = await open();
  expect(connection).toBeInstanceOf(DuckDBConnection);
});

test('opens an in-memory database of its own', async () => {
  const connection = await Connection.open();
  onTestFinished(() => connection.closeSync());
  await connection.run('CREATE TABLE t AS SELECT 1');
  expect((await connection.runAndReadAll('FROM t')).getRows()).toEqual([[1]]);
});

describe('two connections of an instance', () => {
  test('compute at the same time, each in its own transaction', async () => {
    const { instance, connection, definition, computed } = await open();
    const other = await Connection.open(instance, { functions: [definition] });
    onTestFinished(() => other.closeSync());
    await connection.run('BEGIN; INSERT INTO data VALUES (100)');
    const sql = `SELECT sum(n)::INTEGER FROM numbers('data')`;
    const readers = await Promise.all([
      connection.runAndReadAll(sql),
      other.runAndReadAll(sql),
      connection.runAndReadAll(sql),
      other.runAndReadAll(sql),
    ]);
    expect(readers.map((reader) => reader.getRows()[0][0])).toEqual([106, 6, 106, 6]);
    expect(computed).toHaveLength(4);
    await connection.run('ROLLBACK');
  });

  test('one waits in a computation while the other runs', async () => {
    const { instance, connection, waiting } = await open();
    const other = await Connection.open(instance);
    onTestFinished(() => other.closeSync());
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    await waiting;
    expect((await other.runAndReadAll(`FROM numbers('data')`)).getRows()).toEqual([[1n], [2n], [3n]]);
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
  });

  test('have their own temp tables, settings and prepared names', async () => {
    const { instance, connection } = await open();
    const other = await Connection.open(instance);
    onTestFinished(() => other.closeSync());
    await connection.run(`CREATE TEMP TABLE t AS SELECT 1 AS n; PREPARE p AS FROM numbers('t')`);
    await other.run(`CREATE TEMP TABLE t AS SELECT 2 AS n; PREPARE p AS FROM numbers('t')`);
    connection.settings.set('backend', 'cpu');
    expect(other.settings.size).toBe(0);
    expect((await connection.runAndReadAll('EXECUTE p')).getRows()).toEqual([[1n]]);
    expect((await other.runAndReadAll('EXECUTE p')).getRows()).toEqual([[2n]]);
  });

  test('one goes on when the other is closed', async () => {
    const { instance, connection } = await open();
    const other = await Connection.open(instance);
    expect((await other.runAndReadAll(`FROM numbers('data')`)).getRows()).toHaveLength(3);
    other.closeSync();
    expect((await connection.runAndReadAll(`FROM numbers('data')`)).getRows()).toHaveLength(3);
  });
});

test('two instances have their own tables and functions', async () => {
  const first = await open();
  const second = await open();
  await second.connection.run('INSERT INTO data VALUES (4)');
  expect(await first.numbers(`FROM numbers('data')`)).toEqual([1, 2, 3]);
  expect(await second.numbers(`FROM numbers('data')`)).toEqual([1, 2, 3, 4]);
  expect(first.computed).toEqual(['data']);
  expect(second.computed).toEqual(['data']);
});

describe('a connection not opened by nearduck', () => {
  const MESSAGE =
    'numbers: this connection was not opened by nearduck; open one with Session.open() or Connection.open(instance)';

  test('gets a bind error that says how to open one', async () => {
    const { instance, computed } = await open();
    const plain = await instance.connect();
    await expect(plain.run(`FROM numbers('data')`)).rejects.toThrow(`Binder Error: ${MESSAGE}`);
    await expect(plain.run(`CREATE TABLE t AS FROM numbers('data')`)).rejects.toThrow(MESSAGE);
    expect((await plain.runAndReadAll('SELECT count(*) FROM data')).getRows()).toEqual([[3n]]);
    expect(computed).toEqual([]);
  });

  test('also while ours computes', async () => {
    const { instance, connection, waiting } = await open();
    const plain = await instance.connect();
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    await waiting;
    await expect(plain.run(`FROM numbers('data')`)).rejects.toThrow(MESSAGE);
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
  });

  test('may read a view of ours only through ours', async () => {
    const { instance, connection } = await open();
    await connection.run(`CREATE VIEW v AS FROM numbers('data')`);
    const plain = await instance.connect();
    await expect(plain.run('FROM v')).rejects.toThrow(MESSAGE);
  });
});

test('the functions of the first connection serve the instance', async () => {
  const instance = await DuckDBInstance.create();
  onTestFinished(() => instance.closeSync());
  const { definition } = countingFunction();
  const first = await Connection.open(instance, { functions: [definition] });
  const second = await Connection.open(instance, { functions: [definition] });
  for (const connection of [first, second]) {
    expect((await connection.runAndReadAll(`FROM numbers('SELECT 5 AS n')`)).getRows()).toEqual([[5n]]);
    connection.closeSync();
  }
});
