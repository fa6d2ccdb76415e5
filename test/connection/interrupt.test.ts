import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Session } from '../../src/session/session.ts';
import { open } from './setup.ts';

describe('interrupt()', () => {
  test('rejects a call that computes; the connection stays usable', async () => {
    const { connection, waiting, numbers } = await open();
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    await waiting;
    connection.interrupt();
    await expect(held).rejects.toThrow('INTERRUPT Error: Interrupted!');
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

  test('reaches the statements that wait, not those that come after it', async () => {
    const { connection, waiting, computed, numbers } = await open();
    const held = connection.run(`FROM numbers('data', behave := 'wait')`);
    const next = connection.run('INSERT INTO data VALUES (4)');
    await waiting;
    connection.interrupt();
    const later = numbers(`FROM numbers('data')`);
    await expect(held).rejects.toThrow('INTERRUPT Error: Interrupted!');
    await expect(next).rejects.toThrow('INTERRUPT Error: Interrupted!');
    expect(await later).toEqual([1, 2, 3]);
    expect(computed).toEqual(['data', 'data']);
  });

  test.each(['run', 'stream', 'runAndReadAll'] as const)('reaches %s() whenever it comes', async (method) => {
    const { connection } = await open();
    const endless = `SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range = -1`;
    for (const milliseconds of [undefined, 0, 0, 1, 1, 2, 3, 5, 8]) {
      const held = connection[method](`SELECT 1; ${endless}`);
      if (milliseconds !== undefined) await sleep(milliseconds);
      connection.interrupt();
      await expect(held).rejects.toThrow(/interrupt/i);
    }
    expect((await connection.runAndReadAll('SELECT 1')).getRows()).toEqual([[1]]);
  });

  test('reaches a prepared statement whenever it comes', async () => {
    const { connection } = await open();
    const statement = await connection.prepare(
      `SELECT count(*) FROM range(1000000) AS a, range($1) AS b, numbers('data') WHERE a.range * b.range = -1`,
    );
    statement.bindInteger(1, 1_000_000);
    for (const milliseconds of [undefined, 0, 1, 2, 3, 5, 8]) {
      for (const held of [statement.run(), statement.startStream().getResult()]) {
        if (milliseconds !== undefined) await sleep(milliseconds);
        connection.interrupt();
        await expect(held).rejects.toThrow(/interrupt/i);
      }
    }
    statement.bindInteger(1, 0);
    expect((await statement.runAndReadAll()).getRows()).toEqual([[0n]]);
  });

  test('reaches prepare()', async () => {
    const { connection } = await open();
    const prepared = connection.prepare(`FROM numbers('data')`);
    connection.interrupt();
    await expect(prepared).rejects.toThrow('INTERRUPT Error: Interrupted!');
  });

  test('lets the statement after it run, however soon it comes', async () => {
    const { connection, numbers } = await open();
    for (let i = 0; i < 50; i++) {
      const held = connection.run('SELECT count(*) FROM range(100000000)');
      held.catch(() => {});
      connection.interrupt();
      const next = numbers(`FROM numbers('data')`);
      expect(await next).toEqual([1, 2, 3]);
    }
  });
});

test('closing the connection ends a call that computes', async () => {
  const { connection, waiting } = await open();
  const held = connection.run(`FROM numbers('data', behave := 'wait')`);
  held.catch(() => {});
  await waiting;
  connection.disconnectSync();
  await expect(held).rejects.toThrow('Connection Error: the connection was closed');
});

test('closing a session rejects the statements that wait, and later ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-close-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const database = join(folder, 'a.db');
  const session = await Session.open({ database, backend: 'reference' });
  const { connection } = session;
  await connection.run('CREATE TABLE t (i INTEGER)');
  const statement = await connection.prepare('INSERT INTO t VALUES (3)');
  const endless = `SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range = -1`;
  const waiting = [
    connection.run(endless),
    connection.run('INSERT INTO t VALUES (1)'),
    connection.runAndReadAll('INSERT INTO t VALUES (2)'),
    statement.run(),
    statement.start().getResult(),
    connection.prepare('SELECT 1'),
  ];
  const settled = Promise.allSettled(waiting);
  const closed = session.close();
  await expect(connection.run('INSERT INTO t VALUES (4)')).rejects.toThrow('the connection was closed');
  await closed;
  const [running, ...others] = await settled;
  expect(running.status).toBe('rejected');
  for (const outcome of others) {
    expect(String((outcome as PromiseRejectedResult).reason)).toContain('the connection was closed');
  }
  await expect(statement.run()).rejects.toThrow('the connection was closed');
  await using again = await Session.open({ database, backend: 'reference' });
  expect((await again.connection.runAndReadAll('SELECT count(*) FROM t')).getRows()).toEqual([[0n]]);
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
  await expect(held).rejects.toThrow('INTERRUPT Error: Interrupted!');
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(total / 2);
  const reader = await connection.runAndReadAll(
    `SELECT count(*) FROM pairwise('FROM vectors LIMIT 50', cluster := NULL, rank_by := 'id')`,
  );
  expect(reader.getRows()).toEqual([[50n]]);
});

test.each([
  ['kmeans', `FROM kmeans('vectors', 2000, max_iter := 1000, tol := 0)`],
  ['pairwise in one cluster', `FROM pairwise('vectors', cluster := NULL, which_to_keep := 'random')`],
  ['kmeans_assign', `FROM kmeans_assign('vectors', 'SELECT id AS centroid, embedding FROM vectors')`],
])('the reference backend is interrupted inside its loops, and lets timers fire: %s', async (_, sql) => {
  await using session = await Session.open({ backend: 'reference' });
  const { connection } = session;
  await connection.run(
    `CREATE TABLE vectors AS SELECT i::INTEGER AS id, list_transform(range(64), lambda d: sin(i * (d + 1) + d))::FLOAT[] AS embedding FROM range(20000) AS t(i)`,
  );
  const held = connection.run(sql);
  held.catch(() => {});
  await sleep(300);
  const start = performance.now();
  connection.interrupt();
  await expect(held).rejects.toThrow('INTERRUPT Error: Interrupted!');
  expect(performance.now() - start).toBeLessThan(2000);
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM kmeans('FROM vectors LIMIT 50', 2)`);
  expect(reader.getRows()).toEqual([[50n]]);
});
