import { DuckDBInstance } from '@duckdb/node-api';
import { Kysely, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { AbortPlugin } from '../../src/kysely/abortPlugin.ts';
import { NearduckDialect } from '../../src/kysely/nearduckDialect.ts';
import { Bench } from './open.ts';

const bench = new Bench();
const reason = new Error('no time left');
const ENDLESS = sql<{ i: bigint }>`range(1000000) AS a(i), range(1000000) AS b(j) WHERE a.i * b.j = -1`;

function abortable(): { db: Bench['db']; abort: () => void } {
  const controller = new AbortController();
  const db = bench.db.withPlugin(new AbortPlugin(controller.signal));
  return { db, abort: () => setTimeout(() => controller.abort(reason), 20) };
}

test('a query that runs rejects with the reason of the signal', async () => {
  const { db, abort } = abortable();
  abort();
  await expect(sql`FROM ${ENDLESS}`.execute(db)).rejects.toBe(reason);
  expect((await sql`SELECT 1 AS one`.execute(bench.db)).rows).toEqual([{ one: 1 }]);
});

test('so does one that waits for a transaction, which goes on', async () => {
  const { db, abort } = abortable();
  await bench.db.transaction().execute(async (trx) => {
    const waiting = db.deleteFrom('clips').execute();
    abort();
    await expect(waiting).rejects.toBe(reason);
    await trx.deleteFrom('clips').where('id', '=', 1).execute();
  });
  const { rows } = await sql`SELECT count(*) AS n FROM clips`.execute(bench.db);
  expect(rows).toEqual([{ n: 3n }]);
});

test('a transaction whose query is aborted is rolled back', async () => {
  const { db, abort } = abortable();
  const failed = db.transaction().execute(async (trx) => {
    await trx.deleteFrom('clips').execute();
    abort();
    await sql`FROM ${ENDLESS}`.execute(trx);
  });
  await expect(failed).rejects.toBe(reason);
  expect((await sql`FROM clips`.execute(bench.db)).rows).toHaveLength(4);
});

test('a stream ends with it, and the connection is free again', async () => {
  const { db, abort } = abortable();
  const rows = sql<{ i: bigint }>`range(10000000000)`.as('r');
  const read = async (): Promise<void> => {
    for await (const row of db.selectFrom(rows).selectAll().stream()) if (row === undefined) return;
  };
  abort();
  await expect(read()).rejects.toBe(reason);
  expect(await bench.db.selectFrom('clips').selectAll().execute()).toHaveLength(4);
});

test('two signals: the first to be aborted counts', async () => {
  const { signal } = new AbortController();
  const db = bench.db
    .withPlugin(new AbortPlugin(signal))
    .withPlugin(new AbortPlugin(AbortSignal.abort(reason)));
  await expect(db.selectFrom('clips').selectAll().execute()).rejects.toBe(reason);
});

test('a connection that nearduck did not open has no signals', async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  onTestFinished(() => instance.closeSync());
  const plain = new Kysely<Record<string, never>>({ dialect: new NearduckDialect({ connection }) });
  const { signal } = new AbortController();
  await expect(sql`SELECT 1`.execute(plain.withPlugin(new AbortPlugin(signal)))).rejects.toThrow(
    'Invalid Input Error: a signal needs a connection of nearduck',
  );
});
