import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../src/index.ts';

let session: Session;
beforeAll(async () => void (session = await Session.open()));
afterAll(() => session.close());

const rows = async (sql: string) => (await session.connection.runAndReadAll(sql)).getRowsJson();

/** Ids of 0 to 300 bytes: those of up to 12 lie in a vector's entries, longer ones elsewhere. */
const LENGTHS = `(range % 23) + CASE WHEN range % 50 = 0 THEN 280 ELSE 0 END`;

test.each([
  ['VARCHAR', `repeat('x', (${LENGTHS})::INTEGER) || range`],
  ['VARCHAR', `repeat('né', (${LENGTHS})::INTEGER) || range`],
  ['BLOB', `encode(repeat('b', (${LENGTHS})::INTEGER) || range)`],
  ['VARCHAR', `'only the shortest ' || CASE WHEN range < 3 THEN repeat('z', 9000000) ELSE '' END || range`],
])('ids of type %s come back as they are: %s', async (type, id) => {
  await session.connection.run(
    `CREATE OR REPLACE TABLE t AS SELECT range AS n, (${id})::${type} AS id, [n, 1, n % 5]::FLOAT[] AS embedding FROM range(3000)`,
  );
  const query = (source: string) =>
    `SELECT count(*), count(id), sum(hash(id)), min(id), max(id) FROM ${source}`;
  await session.connection.run(`CREATE OR REPLACE TABLE found AS FROM kmeans_pairwise('t', 3)`);
  expect(await rows(query('found'))).toEqual(await rows(query('t')));
  // Every max_id exists, in the same cluster.
  const strays = `SELECT count(*) FROM found a WHERE NOT EXISTS (SELECT 1 FROM found b WHERE b.id IS NOT DISTINCT FROM a.max_id AND b.centroid = a.centroid)`;
  expect(await rows(strays)).toEqual([['0']]);
});
