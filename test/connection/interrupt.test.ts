import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Session } from '../../src/session/session.ts';
import { open } from './setup.ts';

describe('interrupt()', () => {
  test('rejects a call that computes; the connection stays usable', async () => {
    const { connection, waiting, numbers } = await open();
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    await waiting;
    connection.interrupt();
    await expect(held).rejects.toThrow('Interrupt Error: interrupted');
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3]);
  });

  test('rejects a nested call', async () => {
    const { connection, waiting, numbers } = await open();
    const held = connection.run(`CREATE TABLE t AS FROM numbers($$FROM numbers('data', behave := 'wait')$$)`);
    await waiting;
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
    await expect(connection.run('FROM t')).rejects.toThrow('t does not exist');
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3]);
  });

  test('rejects a prepared statement, which runs again', async () => {
    const { connection, waiting } = await open();
    const statement = await connection.prepare(`SELECT n FROM numbers($1, behave := $2)`);
    statement.bind(['data', 'wait']);
    const held = statement.run();
    await waiting;
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
    statement.bind(['data', 'work']);
    expect((await statement.runAndReadAll()).getRows()).toEqual([[1n], [2n], [3n]]);
  });

  test('leaves an explicit transaction usable', async () => {
    const { connection, waiting, numbers } = await open();
    await connection.run('BEGIN; INSERT INTO data VALUES (4)');
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    await waiting;
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3, 4]);
    await connection.run('COMMIT');
  });

  test('rejects the query DuckDB is running for a call', async () => {
    const { connection, computed, numbers } = await open();
    const endless = `SELECT count(*) AS n FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range = -1`;
    const held = connection.run(`FROM numbers('${endless}')`);
    held.catch(() => {});
    while (computed.length === 0) await sleep(5);
    await sleep(50);
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3]);
  });

  test('without anything running does nothing', async () => {
    const { connection, numbers } = await open();
    connection.interrupt();
    expect(await numbers(`FROM numbers('data')`)).toEqual([1, 2, 3]);
  });

  test('does not reach the statements that wait', async () => {
    const { connection, waiting, numbers } = await open();
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    const next = numbers(`FROM numbers('data')`);
    await waiting;
    connection.interrupt();
    await expect(held).rejects.toThrow(/interrupt/i);
    expect(await next).toEqual([1, 2, 3]);
  });
});

test('closing the connection ends a call that computes', async () => {
  const { connection, waiting } = await open();
  const held = connection.run(`FROM numbers('data', behave := 'wait')`);
  held.catch(() => {});
  await waiting;
  connection.disconnectSync();
  await expect(held).rejects.toThrow(/interrupt/i);
});

test('interrupting kmeans and pairwise: the session computes again', async () => {
  let started = (): void => {};
  const reading = new Promise<void>((resolve) => (started = resolve));
  await using session = await Session.open({ backend: 'cpu', onProgress: () => started() });
  const { connection } = session;
  await connection.run(
    `CREATE TABLE vectors AS SELECT i AS id, list_transform(range(64), lambda d: sin(i * (d + 1) + d))::FLOAT[] AS embedding FROM range(20000) AS t(i)`,
  );
  const held = connection.run(`FROM kmeans_pairwise('vectors', 3, max_iter := 100000, tol := 0)`);
  held.catch(() => {});
  await reading;
  connection.interrupt();
  await expect(held).rejects.toThrow(/interrupt/i);
  const reader = await connection.runAndReadAll(
    `SELECT count(*) FROM kmeans_pairwise('FROM vectors LIMIT 50', 2)`,
  );
  expect(reader.getRows()).toEqual([[50n]]);
});

test('interrupting pairwise inside one large cluster: most of it is left undone', async () => {
  const total = (60_000 * 59_999) / 2;
  let done = 0;
  await using session = await Session.open({
    backend: 'cpu',
    onProgress(progress) {
      if (progress.total !== total) return;
      done = progress.done;
      if (done > 0) session.connection.interrupt();
    },
  });
  const { connection } = session;
  await connection.run(
    `CREATE TABLE vectors AS SELECT i AS id, list_transform(range(64), lambda d: sin(i * (d + 1) + d))::FLOAT[] AS embedding FROM range(60000) AS t(i)`,
  );
  const held = connection.run(`FROM pairwise('vectors', cluster := NULL, rank_by := 'id')`);
  await expect(held).rejects.toThrow('Interrupt Error: interrupted');
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(total / 2);
  const reader = await connection.runAndReadAll(
    `SELECT count(*) FROM pairwise('FROM vectors LIMIT 50', cluster := NULL, rank_by := 'id')`,
  );
  expect(reader.getRows()).toEqual([[50n]]);
});
