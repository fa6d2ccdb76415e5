import { CompiledQuery, Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { Connection } from '../../src/connection/connection.ts';
import { NearduckDialect } from '../../src/kysely/nearduckDialect.ts';
import { Bench } from './open.ts';

const bench = new Bench();
const ids = async (): Promise<number[]> =>
  (await bench.db.selectFrom('clips').select('id').orderBy('id').execute()).map(({ id }) => id);

describe('transactions', () => {
  test('commit what succeeds, roll back what throws', async () => {
    await bench.db.transaction().execute((trx) => trx.deleteFrom('clips').where('id', '=', 4).execute());
    expect(await ids()).toEqual([1, 2, 3]);
    const failed = bench.db.transaction().execute(async (trx) => {
      await trx.deleteFrom('clips').execute();
      expect(await trx.selectFrom('clips').selectAll().execute()).toEqual([]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await ids()).toEqual([1, 2, 3]);
  });

  test('a statement that fails rolls back the ones before', async () => {
    const failed = bench.db.transaction().execute(async (trx) => {
      await trx.deleteFrom('clips').where('id', '=', 1).execute();
      await sql`SELECT error('stop')`.execute(trx);
    });
    await expect(failed).rejects.toThrow(/stop/);
    expect(await ids()).toEqual([1, 2, 3, 4]);
  });

  test('other queries wait for the transaction', async () => {
    const order: string[] = [];
    let outside: Promise<void> | undefined;
    await bench.db.transaction().execute(async (trx) => {
      outside = ids().then((seen) => void order.push(`outside ${seen.length}`));
      await trx.deleteFrom('clips').where('id', '>', 1).execute();
      order.push('inside');
    });
    await outside;
    expect(order).toEqual(['inside', 'outside 1']);
  });

  test('read-only transactions refuse to write; DuckDB knows one isolation level', async () => {
    const { db } = bench;
    await expect(
      db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => trx.deleteFrom('clips').execute()),
    ).rejects.toThrow(/read-only/);
    await expect(
      db
        .transaction()
        .setIsolationLevel('serializable')
        .execute(async () => {}),
    ).rejects.toThrow('Not Implemented Error: DuckDB has no isolation level "serializable", only "snapshot"');
    await db
      .transaction()
      .setIsolationLevel('snapshot')
      .execute((trx) => trx.deleteFrom('clips').execute());
    expect(await ids()).toEqual([]);
  });

  test('a controlled transaction', async () => {
    const trx = await bench.db.startTransaction().execute();
    await trx.deleteFrom('clips').execute();
    await trx.rollback().execute();
    expect(await ids()).toEqual([1, 2, 3, 4]);
  });
});

describe('streams', () => {
  test('rows come as DuckDB makes them', async () => {
    const rows = [];
    for await (const row of bench.db.selectFrom('clips').select('id').orderBy('id').stream()) rows.push(row);
    expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
  });

  test('chunks of a long result, with parameters', async () => {
    const sizes: number[] = [];
    const connection = await new NearduckDialect({ connection: bench.connection }).createDriver();
    await connection.init();
    const lent = await connection.acquireConnection();
    const query = CompiledQuery.raw('SELECT i FROM range($1) AS r(i) WHERE i >= $2', [5000, 10]);
    for await (const { rows } of lent.streamQuery(query, 1)) sizes.push(rows.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(4990);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
  });

  test('one that is left early gives the connection back', async () => {
    const endless = bench.db
      .selectFrom(sql<{ i: bigint }>`range(1000000000)`.as<'r'>(sql`r(i)`))
      .select('r.i')
      .stream();
    for await (const { i } of endless) if (i >= 3000n) break;
    expect(await ids()).toEqual([1, 2, 3, 4]);
  });
});

test('a connection of Kysely’s own is opened once and closed with it', async () => {
  let opened: Connection | undefined;
  const db = new Kysely<Record<string, never>>({
    dialect: new NearduckDialect({
      connection: async () => (opened = await Connection.open()),
      onCreateConnection: async (connection) =>
        void (await connection.executeQuery(CompiledQuery.raw('CREATE TABLE t (i INTEGER)'))),
    }),
  });
  expect((await sql`FROM t`.execute(db)).rows).toEqual([]);
  const connection = opened!;
  await db.destroy();
  await expect(connection.run('SELECT 1')).rejects.toThrow('the connection was closed');
  expect(await bench.connection.runAndReadAll('SELECT 1')).toBeDefined();
});
