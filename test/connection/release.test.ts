import { INTEGER, DuckDBInstance, type DuckDBResult } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int32Column } from '../../src/columns/computedColumns.ts';
import { Connection } from '../../src/connection/connection.ts';
import type { TableFunction } from '../../src/connection/tableFunction.ts';

const ROWS = 50_000;

/** A connection with the table function `counted()`, which records each release of its rows. */
async function open(): Promise<{ connection: Connection; released: () => number }> {
  let count = 0;
  const column = int32Column(Int32Array.from({ length: ROWS }, (_, row) => row));
  const counted: TableFunction = {
    name: 'counted',
    parameterTypes: [],
    namedParameterTypes: {},
    bind: () => ({
      columns: [{ name: 'n', type: INTEGER }],
      compute: async () => ({ rowCount: ROWS, columns: [column], close: () => void count++ }),
    }),
  };
  const instance = await DuckDBInstance.create();
  const connection = await Connection.open(instance, { functions: [counted] });
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return { connection, released: () => count };
}

describe('the rows of a call are released', () => {
  test.each([
    ['run', (connection: Connection) => connection.run('CREATE TABLE t AS FROM counted()')],
    ['prepared', async (connection: Connection) => (await connection.prepare('FROM counted()')).run()],
  ])('when the statement is done: %s', async (_, run) => {
    const { connection, released } = await open();
    await run(connection);
    expect(released()).toBe(1);
  });

  test('when it fails', async () => {
    const { connection, released } = await open();
    await expect(connection.run(`SELECT error('no') FROM counted()`)).rejects.toThrow('no');
    expect(released()).toBe(1);
  });

  test('when the next statement begins, after a stream', async () => {
    const { connection, released } = await open();
    const result: DuckDBResult = await connection.stream('FROM counted()');
    let rows = 0;
    for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk())
      rows += chunk.rowCount;
    expect([rows, released()]).toEqual([ROWS, 0]);
    await connection.run('SELECT 1');
    expect(released()).toBe(1);
  });
});

test('threads that share the rows of a call leave their order where it counts', async () => {
  const { connection } = await open();
  const reader = await connection.runAndReadAll('FROM counted()');
  expect(reader.getColumns()[0]).toEqual(Array.from({ length: ROWS }, (_, row) => row));
  await connection.run('CREATE TABLE kept AS FROM counted()');
  const same = await connection.runAndReadAll('SELECT count(*) FROM kept WHERE n = rowid');
  expect(same.getRows()).toEqual([[BigInt(ROWS)]]);
});
