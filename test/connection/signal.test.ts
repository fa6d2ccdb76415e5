import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { arrowTable } from '../../src/arrow/recordBatches.ts';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { Session } from '../../src/session/session.ts';
import { open } from './setup.ts';

const ENDLESS = `SELECT a.range AS i FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range = -1`;
const reason = new Error('no time left');

async function openSession(): Promise<Session> {
  const session = await Session.open({ backend: 'reference' });
  onTestFinished(() => session.close());
  return session;
}

/** Aborts a call after some milliseconds. Returns its outcome and the time until it ended. */
async function abortAfter(
  milliseconds: number,
  start: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ error: unknown; tookMs: number }> {
  const controller = new AbortController();
  const ended = start(controller.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  await sleep(milliseconds);
  const before = performance.now();
  controller.abort(reason);
  return { error: await ended, tookMs: performance.now() - before };
}

describe('a signal', () => {
  test.each([0, 1, 3, 60])('stops a statement of DuckDB after %i ms', async (milliseconds) => {
    const session = await openSession();
    for (const start of [
      (signal: AbortSignal) => session.run(ENDLESS, { signal }),
      (signal: AbortSignal) => session.arrow(ENDLESS, { signal }),
      (signal: AbortSignal) => session.connection.withSignal(signal).runAndReadAll(ENDLESS),
    ]) {
      const { error, tookMs } = await abortAfter(milliseconds, start);
      expect(error).toBe(reason);
      expect(tookMs).toBeLessThan(1000);
    }
    expect(await (await session.run('SELECT 1 AS one')).getRowObjectsJS()).toEqual([{ one: 1 }]);
  });

  test('stops a kernel', async () => {
    const session = await openSession();
    await session.run(
      `CREATE TABLE data AS SELECT i AS id, [random() FOR _ IN range(64)]::FLOAT[] AS embedding FROM range(20000) AS t(i)`,
    );
    const { error, tookMs } = await abortAfter(700, (signal) =>
      session.run(`FROM pairwise('data', cluster := NULL, rank_by := 'id')`, { signal }),
    );
    expect(error).toBe(reason);
    expect(tookMs).toBeLessThan(1000);
  });

  test('stops a statement that waits, and no other', async () => {
    const { connection, waiting } = await open();
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    await waiting;
    const { error, tookMs } = await abortAfter(10, (signal) =>
      connection.withSignal(signal).run('INSERT INTO data VALUES (4)'),
    );
    expect(error).toBe(reason);
    expect(tookMs).toBeLessThan(200);
    connection.interrupt();
    await expect(held).rejects.toThrow('INTERRUPT Error: Interrupted!');
    expect((await connection.runAndReadAll('FROM data')).getRows()).toEqual([[1], [2], [3]]);
  });

  test('stops a prepared statement and a script', async () => {
    const { connection, waiting } = await open();
    const controller = new AbortController();
    const statement = await connection
      .withSignal(controller.signal)
      .prepare(`FROM numbers('data', behave := $1)`);
    statement.bind(['wait']);
    const held = statement.run();
    await waiting;
    controller.abort(reason);
    await expect(held).rejects.toBe(reason);
    await expect(
      connection.withSignal(controller.signal).statements('SELECT 1; SELECT 2').next(),
    ).rejects.toBe(reason);
  });

  test('that is aborted already starts nothing', async () => {
    const session = await openSession();
    const signal = AbortSignal.abort(reason);
    await expect(session.run('CREATE TABLE t (i INTEGER)', { signal })).rejects.toBe(reason);
    await expect(session.run('FROM t')).rejects.toThrow(/t does not exist/);
  });

  test('that times out rejects with its own error, and one that is never aborted changes nothing', async () => {
    const session = await openSession();
    await expect(session.run(ENDLESS, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    const { signal } = new AbortController();
    const result = await session.run('SELECT $1::INTEGER AS a', { values: [7], signal });
    expect(await result.getRowObjectsJS()).toEqual([{ a: 7 }]);
    const table = await session.arrow('SELECT i FROM range($1::BIGINT) AS t(i)', { values: [3000], signal });
    expect(table.numRows).toBe(3000);
  });

  test('stops the reading of a stream, however long its next rows take', async () => {
    const session = await openSession();
    await session.run(`SET streaming_buffer_size = '16KB'`);
    // DuckDB computes ahead until the buffer is full.
    const rows = `SELECT i FROM range(10000000000) AS t(i) WHERE i < 50000 OR i % 7 = 8`;
    const { error, tookMs } = await abortAfter(700, async (signal) => {
      const result = await session.connection.withSignal(signal).stream(rows);
      await result.getRows();
    });
    expect(error).toBe(reason);
    expect(tookMs).toBeLessThan(1000);
    expect((await session.connection.runAndReadAll('SELECT 1')).getRows()).toEqual([[1]]);
  });

  test('leaves no file of writeArrow', async () => {
    const session = await openSession();
    const folder = process.env.NEARDUCK_TEST_SCRATCH ?? '/tmp';
    const path = `${folder}/signal-${process.pid}.arrow`;
    const { error } = await abortAfter(50, (signal) =>
      writeArrow(session.connection, 'FROM range(2000000000)', path, { signal }),
    );
    expect(error).toBe(reason);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith(`signal-${process.pid}`))).toEqual([]);
  });

  test('needs a connection of nearduck', async () => {
    const instance = await DuckDBInstance.create();
    onTestFinished(() => instance.closeSync());
    const { signal } = new AbortController();
    await expect(arrowTable(await instance.connect(), 'SELECT 1', { signal })).rejects.toThrow(
      'Invalid Input Error: a signal needs a connection of nearduck; open one with Session.open()',
    );
  });
});
