import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { Bench } from './open.ts';

const bench = new Bench();

describe('statements', () => {
  test('select', async () => {
    const rows = await bench.db
      .selectFrom('clips')
      .select(['id', 'embedding'])
      .where('name', 'in', ['b', 'c'])
      .orderBy('id', 'desc')
      .limit(1)
      .execute();
    expect(rows).toEqual([{ id: 3, embedding: [0, 1] }]);
  });

  test('insert, with what it returned', async () => {
    const inserted = await bench.db
      .insertInto('clips')
      .values([
        { id: 5, name: 'e', embedding: [0.5, 1] },
        { id: 6, name: null, embedding: new Float32Array([0.1, 0.2]) },
      ])
      .returning(['id', 'embedding'])
      .execute();
    expect(inserted).toEqual([
      { id: 5, embedding: [0.5, 1] },
      { id: 6, embedding: [Math.fround(0.1), Math.fround(0.2)] },
    ]);
  });

  test('insert, update and delete say how many rows they changed', async () => {
    const { db } = bench;
    const inserted = await db
      .insertInto('clips')
      .values({ id: 7, name: 'g', embedding: [1, 1] })
      .executeTakeFirstOrThrow();
    expect(inserted.numInsertedOrUpdatedRows).toBe(1n);
    const updated = await db
      .updateTable('clips')
      .set({ name: 'z' })
      .where('id', '>', 2)
      .executeTakeFirstOrThrow();
    expect(updated.numUpdatedRows).toBe(3n);
    const deleted = await db.deleteFrom('clips').where('name', '=', 'z').executeTakeFirstOrThrow();
    expect(deleted.numDeletedRows).toBe(3n);
    expect(await db.deleteFrom('clips').where('id', '=', 1).returningAll().execute()).toEqual([
      { id: 1, name: 'a', embedding: [1, 0] },
    ]);
    expect(await db.selectFrom('clips').select('id').execute()).toEqual([{ id: 2 }]);
  });

  test('upsert', async () => {
    const { db } = bench;
    const clip = { id: 1, name: 'again', embedding: [1, 1] };
    await db
      .insertInto('clips')
      .values(clip)
      .onConflict((on) => on.column('id').doUpdateSet({ name: 'again' }))
      .execute();
    await db
      .insertInto('clips')
      .orIgnore()
      .values({ ...clip, name: 'ignored' })
      .execute();
    expect(await db.selectFrom('clips').select('name').where('id', '=', 1).execute()).toEqual([
      { name: 'again' },
    ]);
    await db
      .insertInto('clips')
      .orReplace()
      .values({ ...clip, name: 'replaced' })
      .execute();
    expect(await db.selectFrom('clips').select('name').where('id', '=', 1).execute()).toEqual([
      { name: 'replaced' },
    ]);
  });

  test('with, joins and aggregates', async () => {
    const rows = await bench.db
      .with('named', (db) => db.selectFrom('clips').selectAll().where('name', 'is not', null))
      .selectFrom('named')
      .innerJoin('clips', 'clips.id', 'named.id')
      .select((eb) => [eb.fn.countAll<bigint>().as('n'), eb.fn.max('named.name').as('last')])
      .execute();
    expect(rows).toEqual([{ n: 3n, last: 'c' }]);
  });

  test('explain', async () => {
    const [plan] = await bench.db.selectFrom('clips').selectAll().explain('json');
    expect(JSON.parse((plan as { explain_value: string }).explain_value)).toBeInstanceOf(Array);
  });

  test('names are quoted, values are never part of the SQL', async () => {
    const { db } = bench;
    const name = `a"b'; DROP TABLE clips; --`;
    const query = db
      .selectFrom('clips')
      .select((eb) => eb.ref('id').as(name))
      .where('name', '=', name);
    expect(query.compile().sql).toBe(
      `select "id" as "a""b'; DROP TABLE clips; --" from "clips" where "name" = $1`,
    );
    expect(await query.execute()).toEqual([]);
    expect(await db.selectFrom('clips').select('id').execute()).toHaveLength(4);
  });

  test('errors are DuckDB’s', async () => {
    await expect(sql`SELECT * FROM nowhere`.execute(bench.db)).rejects.toThrow(
      /^Catalog Error: Table with name nowhere/,
    );
    await expect(
      bench.db
        .insertInto('clips')
        .values({ id: 1, name: null, embedding: [0, 1] })
        .execute(),
    ).rejects.toThrow(/^Constraint Error: Duplicate key "id: 1"/);
  });
});

describe('parameters', () => {
  test.each([
    [42, 'INTEGER', 42],
    [2 ** 40, 'BIGINT', 2n ** 40n],
    [0.5, 'DOUBLE', 0.5],
    [1e300, 'DOUBLE', 1e300],
    [2n ** 63n - 1n, 'BIGINT', 2n ** 63n - 1n],
    [2n ** 100n, 'HUGEINT', 2n ** 100n],
    [`it's`, 'VARCHAR', `it's`],
    [true, 'BOOLEAN', true],
    [null, '"NULL"', null],
    [Buffer.from([0, 255]), 'BLOB', Buffer.from([0, 255])],
    [new Date(86_400_123), 'TIMESTAMP WITH TIME ZONE', new Date(86_400_123)],
    [[1, 2.5, null], 'DOUBLE[]', [1, 2.5, null]],
    [[1, 2 ** 40], 'BIGINT[]', [1n, 2n ** 40n]],
    [['a', null], 'VARCHAR[]', ['a', null]],
    [[[1], [], [null, 2.5]], 'DOUBLE[][]', [[1], [], [null, 2.5]]],
    [new Float32Array([0.5]), 'FLOAT[]', [0.5]],
    [{ x: 1, y: ['a'] }, 'STRUCT(x INTEGER, y VARCHAR[])', { x: 1, y: ['a'] }],
  ])('%s is %s', async (value, type, back) => {
    const query = sql<{
      type: string;
      value: unknown;
    }>`SELECT typeof(x) AS type, x AS value FROM (SELECT ${value} AS x)`;
    expect((await query.execute(bench.db)).rows).toEqual([{ type, value: back }]);
  });

  test('a Date means the same instant in every column, whatever the session’s time zone', async () => {
    await bench.connection.run(`SET TimeZone = 'America/New_York'`);
    await bench.connection.run(
      `CREATE TABLE times (ts TIMESTAMP, tz TIMESTAMPTZ, ns TIMESTAMP_NS, day DATE)`,
    );
    const date = new Date('2024-02-29T23:30:00.123Z');
    const { rows } =
      await sql`INSERT INTO times VALUES (${date}, ${date}, ${date}, ${date}) RETURNING *`.execute(bench.db);
    expect(rows).toEqual([{ ts: date, tz: date, ns: date, day: new Date('2024-02-29T00:00:00Z') }]);
    const found =
      await sql`SELECT count(*)::INTEGER AS n FROM times WHERE ts = ${date} AND tz = ${date} AND day = ${date}`.execute(
        bench.db,
      );
    expect(found.rows).toEqual([{ n: 1 }]);
  });

  test('what cannot be a parameter', async () => {
    await expect(sql`SELECT ${Symbol('x')}`.execute(bench.db)).rejects.toThrow(
      'a query parameter cannot be a symbol',
    );
    await expect(sql`SELECT ${['a', 1]}`.execute(bench.db)).rejects.toThrow(
      /elements of the types VARCHAR and INTEGER/,
    );
    await expect(sql`SELECT ${new Date(NaN)}`.execute(bench.db)).rejects.toThrow(
      'a query parameter is an invalid Date',
    );
    for (const value of [new Map([['a', 1]]), new Int32Array(2)]) {
      await expect(sql`SELECT ${value}`.execute(bench.db)).rejects.toThrow(
        `a query parameter cannot be a ${value.constructor.name}`,
      );
    }
  });
});
