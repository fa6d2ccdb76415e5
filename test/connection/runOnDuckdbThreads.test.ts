import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { Session } from '../../src/session/session.ts';

/** A statement that only one thread can execute. */
const SERIAL = 'SELECT count(DISTINCT i // 1000)::INTEGER FROM range(5000000) AS t(i)';

test('no thread keeps a core busy while others have all the work', async () => {
  await using session = await Session.open({ config: { threads: '3' } });
  const cpu = process.cpuUsage();
  const start = performance.now();
  await session.connection.run('SELECT max(hash(i)) FROM range(40000000) AS t(i)');
  const { user, system } = process.cpuUsage(cpu);
  expect((user + system) / 1000).toBeLessThan(1.4 * (performance.now() - start));
});

test.each(['1', '2'])('with %s threads, whoever changes their number', async (threads) => {
  await using session = await Session.open({ config: { threads } });
  const { connection, instance } = session;
  expect((await connection.runAndReadAll(SERIAL)).getRows()).toEqual([[5000]]);
  const other = await instance.connect();
  const running = connection.runAndReadAll(SERIAL);
  await other.run('SET threads = 1');
  expect((await running).getRows()).toEqual([[5000]]);
  expect((await connection.runAndReadAll(SERIAL)).getRows()).toEqual([[5000]]);
  other.closeSync();
});

test('an error says what DuckDB says, and holds on to no database file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-idle-'));
  try {
    const database = join(folder, 'a.duckdb');
    {
      await using session = await Session.open({ database });
      await session.run(`CREATE TABLE t AS FROM range(3)`);
      await expect(session.run(`SELECT error('on purpose') FROM t WHERE range = 1`)).rejects.toThrow(
        /^Invalid Input Error: on purpose$/,
      );
    }
    // DuckDB allows only one process at a time to write to a file.
    expect(await runCli([database, '-c', 'DROP TABLE t'])).toMatchObject({ code: 0, stderr: '' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
