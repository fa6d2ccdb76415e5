import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/session/session.ts';
import { clipFiles, clips, COPIES, fixtureReadme, metadata, openSession, rows, truth } from './clips.ts';

interface Accuracy {
  readonly eps: number;
  readonly precision: number;
  readonly recall: number;
}

/** The table in the fixture's README. */
const published: Accuracy[] = [
  ...readFileSync(fixtureReadme, 'utf8').matchAll(/^\| (0\.\d+) \| (\.\d+) \| (\.\d+) \|$/gm),
].map(([, eps, precision, recall]) => ({
  eps: Number(eps),
  precision: Number(precision),
  recall: Number(recall),
}));

/** `clips(id, embedding, bytes, original_id)` in a new session. */
async function openClips(): Promise<Session> {
  const session = await openSession();
  await session.connection.run(`
    CREATE TABLE clips AS
    SELECT id, embedding, bytes, original_id
    FROM '${clipFiles}' JOIN '${metadata}' USING (id) JOIN '${truth}' USING (id);
    CREATE TABLE unit AS
    SELECT *, list_transform(embedding, lambda x: x / sqrt(list_inner_product(embedding, embedding)))::DOUBLE[576] AS v
    FROM clips`);
  return session;
}

/** A row is found rightly when the row it duplicates is of the same original. */
async function accuracyOf(session: Session, pairs: string): Promise<Accuracy[]> {
  const counted = await rows(
    session,
    `SELECT eps, count(*) AS found, count(*) FILTER (a.original_id = b.original_id) AS right
     FROM (SELECT unnest([0.002, 0.005, 0.01]::DOUBLE[]) AS eps), ${pairs} AS pair
     JOIN clips AS a ON a.id = pair.id
     JOIN clips AS b ON b.id = pair.max_id
     WHERE cosine_sim_score::DOUBLE >= 1::DOUBLE - eps
     GROUP BY eps
     ORDER BY eps`,
  );
  return counted.map(({ eps, found, right }) => ({
    eps: Number(eps),
    precision: Number(right) / Number(found),
    recall: Number(right) / COPIES,
  }));
}

const near = (accuracy: readonly Accuracy[], digits = 2): unknown[] =>
  accuracy.map(({ eps, precision, recall }) => ({
    eps,
    precision: expect.closeTo(precision, digits),
    recall: expect.closeTo(recall, digits),
  }));

describe('all pairs', () => {
  test('have the precision the fixture states: pairs of one original among pairs within eps', async () => {
    const session = await openClips();
    const counted = await rows(
      session,
      `SELECT eps, avg((a.original_id = b.original_id)::INTEGER) AS precision
       FROM (SELECT unnest([0.002, 0.005, 0.01]::DOUBLE[]) AS eps), unit AS a JOIN unit AS b ON a.id < b.id
       WHERE array_inner_product(a.v, b.v) >= 1 - eps
       GROUP BY eps ORDER BY eps`,
    );
    expect(counted).toEqual(
      published.map(({ eps, precision }) => ({ eps, precision: expect.closeTo(precision, 2) })),
    );
  });

  test('have the recall the fixture states: copies within eps of their original', async () => {
    const session = await openClips();
    // Clusters of two, the original first: each copy's score is the similarity to its own original.
    await session.connection.run(`
      CREATE TABLE couples AS
      SELECT 'original of ' || copy.id AS id, original.embedding, copy.id AS couple, 0 AS rank
      FROM clips AS copy JOIN clips AS original ON original.id = copy.original_id AND copy.id <> original.id
      UNION ALL
      SELECT id, embedding, id, 1 FROM clips WHERE id <> original_id`);
    const counted = await rows(
      session,
      `SELECT eps, count(*) / ${COPIES} AS recall
       FROM (SELECT unnest([0.002, 0.005, 0.01]::DOUBLE[]) AS eps),
         pairwise('couples', cluster := 'couple', rank_by := 'rank')
       WHERE cosine_sim_score::DOUBLE >= 1::DOUBLE - eps
       GROUP BY eps ORDER BY eps`,
    );
    expect(counted).toEqual(published.map(({ eps, recall }) => ({ eps, recall: expect.closeTo(recall, 2) })));
  });

  test('score as plain SQL does in float64, to 2e-6, whatever the cluster count of one', async () => {
    const session = await openClips();
    await session.connection.run(`
      CREATE TABLE ranked AS SELECT *, row_number() OVER (ORDER BY bytes DESC, id) AS rank FROM unit;
      CREATE TABLE wanted AS
      SELECT later.id, max(array_inner_product(earlier.v, later.v)) AS score
      FROM ranked AS later JOIN ranked AS earlier ON earlier.rank < later.rank
      GROUP BY later.id`);
    for (const call of [
      `pairwise('clips', cluster := NULL, rank_by := 'bytes DESC')`,
      `kmeans_pairwise('clips', 1, rank_by := 'bytes DESC')`,
    ]) {
      const [row] = await rows(
        session,
        `SELECT count(*) AS n, max(abs(cosine_sim_score - score)) < 2e-6 AS exact
         FROM ${call} JOIN wanted USING (id)`,
      );
      expect(row, call).toEqual({ n: 1370n, exact: true });
    }
  });
});

describe('duplicates found', () => {
  test('in one cluster', async () => {
    const session = await openClips();
    const found = await accuracyOf(
      session,
      `(FROM pairwise('clips', cluster := NULL, rank_by := 'bytes DESC'))`,
    );
    expect(found).toEqual(
      near([
        { eps: 0.002, precision: 221 / 222, recall: 221 / COPIES },
        { eps: 0.005, precision: 378 / 400, recall: 378 / COPIES },
        { eps: 0.01, precision: 471 / 606, recall: 471 / COPIES },
      ]),
    );
  });

  test('in 20 clusters: as right, and nearly as many', async () => {
    const session = await openClips();
    const call = (k: number): string => `(FROM kmeans_pairwise('clips', ${k}, rank_by := 'bytes DESC'))`;
    const found = await accuracyOf(session, call(20));
    expect(found.map(({ eps }) => eps)).toEqual([0.002, 0.005, 0.01]);
    const floor = [
      { precision: 0.985, recall: 0.335 },
      { precision: 0.93, recall: 0.565 },
      { precision: 0.765, recall: 0.68 },
    ];
    found.forEach(({ precision, recall }, i) => {
      expect(precision).toBeGreaterThan(floor[i].precision);
      expect(recall).toBeGreaterThan(floor[i].recall);
    });
    // Clusters only take candidates away.
    const [only] = await rows(
      session,
      `SELECT count(*) AS n
       FROM ${call(20)} AS clustered JOIN ${call(1)} AS whole USING (id)
       WHERE clustered.cosine_sim_score > whole.cosine_sim_score + 1e-6`,
    );
    expect(only).toEqual({ n: 0n });
  });

  test('are the same in any order of files and rows', async () => {
    const session = await openClips();
    const [row] = await rows(
      session,
      `CREATE TABLE shuffled AS FROM clips ORDER BY md5(id || 'x');
       CREATE TABLE a AS FROM kmeans_pairwise('${`FROM read_parquet(''${clips}/*.parquet'')`}', 20);
       CREATE TABLE b AS FROM kmeans_pairwise('shuffled', 20);
       SELECT count(*) AS n FROM (FROM a EXCEPT FROM b)`,
    );
    expect(row).toEqual({ n: 0n });
  });
});
