import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Bench } from './open.ts';

const bench = new Bench();

interface Assigned {
  id: number;
  centroid: number;
  cosine_dist_to_cent: number;
}

interface Pair {
  id: number;
  max_id: number;
  cosine_sim_score: number;
}

const kmeans = (relation: string, k: number) =>
  sql<Assigned>`kmeans(${relation}, ${k}, seed := ${7}, backend := ${'reference'})`;
const pairwise = (relation: string) =>
  sql<Pair>`pairwise(${relation}, cluster := NULL, rank_by := ${'id'}, backend := ${'reference'})`;

test('the arguments of a table function are parameters', async () => {
  const query = bench.db
    .selectFrom(kmeans('clips', 2).as('c'))
    .select(['c.id', 'c.centroid'])
    .orderBy('c.id');
  expect(query.compile().sql).toBe(
    `select "c"."id", "c"."centroid" from kmeans($1, $2, seed := $3, backend := $4) as "c" order by "c"."id"`,
  );
  const centroids = (await query.execute()).map(({ centroid }) => centroid);
  expect(centroids).toEqual([centroids[0], centroids[0], 1 - centroids[0], 1 - centroids[0]]);
});

const clusters = async (k: number): Promise<number> => {
  const rows = await bench.db
    .selectFrom(kmeans('clips', k).as('c'))
    .select('c.centroid')
    .distinct()
    .execute();
  return rows.length;
};

test('another value, another result: parameters are bound anew', async () => {
  expect([await clusters(1), await clusters(2), await clusters(4), await clusters(1)]).toEqual([1, 2, 4, 1]);
});

test('joined with a table, filtered by a parameter', async () => {
  const rows = await bench.db
    .selectFrom(pairwise(`SELECT id, embedding FROM clips WHERE id <> 3`).as('p'))
    .innerJoin('clips', 'clips.id', 'p.id')
    .leftJoin('clips as kept', 'kept.id', 'p.max_id')
    .select(['clips.name', 'kept.name as near', 'p.cosine_sim_score'])
    .where('p.cosine_sim_score', '>=', 0.9)
    .execute();
  expect(rows).toEqual([
    { name: 'b', near: 'a', cosine_sim_score: expect.closeTo(1 / Math.hypot(1, 0.1), 6) },
  ]);
});

test('sees the rows of its transaction, and feeds an insert', async () => {
  await bench.connection.run('CREATE TABLE scores (id INTEGER, cosine_sim_score FLOAT)');
  await bench.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('clips')
      .values({ id: 5, name: 'copy', embedding: [0, 1] })
      .execute();
    await sql`INSERT INTO scores SELECT id, cosine_sim_score FROM ${pairwise('clips')}`.execute(trx);
  });
  const { rows } = await sql`SELECT * FROM scores WHERE cosine_sim_score = ${1}`.execute(bench.db);
  expect(rows).toEqual([{ id: 5, cosine_sim_score: 1 }]);
});

test('streams', async () => {
  const ids = [];
  for await (const { id } of bench.db
    .selectFrom(kmeans('clips', 1).as('c'))
    .select('c.id')
    .orderBy('c.id')
    .stream())
    ids.push(id);
  expect(ids).toEqual([1, 2, 3, 4]);
});

test('errors of a function name the argument', async () => {
  await expect(bench.db.selectFrom(kmeans('clips', 9).as('c')).selectAll().execute()).rejects.toThrow(
    /kmeans: k .*9/,
  );
  await expect(bench.db.selectFrom(kmeans('nowhere', 2).as('c')).selectAll().execute()).rejects.toThrow(
    /kmeans: relation 'nowhere': .*does not exist/,
  );
});
