import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../src/algorithms/groups/groups.ts';
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

/** A drop is correct when the kept row has the same original. */
async function accuracyOf(session: Session, clusters: number, rule: Rule): Promise<Accuracy[]> {
  const found: Accuracy[] = [];
  for (const eps of [0.002, 0.005, 0.01]) {
    const [row] = await rows(
      session,
      `SELECT count(*) AS dropped, count(*) FILTER (a.original_id = b.original_id) AS right
       FROM kmeans_pairwise('clips', ${clusters}, rank_by := 'bytes DESC', eps := ${eps}, rule := '${rule}') AS pair
       JOIN clips AS a ON a.id = pair.id
       JOIN clips AS b ON b.id = pair.kept_id
       WHERE kept_score IS NOT NULL`,
    );
    const [dropped, right] = [row.dropped, row.right].map(Number);
    found.push({ eps, precision: right / dropped, recall: right / COPIES });
  }
  return found;
}

const near = (accuracy: readonly Accuracy[]): unknown[] =>
  accuracy.map(({ eps, precision, recall }) => ({
    eps,
    precision: expect.closeTo(precision, 2),
    recall: expect.closeTo(recall, 2),
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

/** Rows dropped, and those of them whose kept row is of the same original, in one cluster; and floors in 20. */
const EXPECTED: readonly {
  readonly rule: Rule;
  readonly one: readonly (readonly [right: number, dropped: number])[];
  readonly floor: readonly (readonly [precision: number, recall: number])[];
}[] = [
  {
    rule: 'chain',
    one: [
      [221, 222],
      [373, 400],
      [399, 606],
    ],
    floor: [
      [0.985, 0.335],
      [0.92, 0.565],
      [0.65, 0.59],
    ],
  },
  {
    rule: 'covered',
    one: [
      [213, 214],
      [353, 379],
      [395, 551],
    ],
    floor: [
      [0.985, 0.32],
      [0.92, 0.54],
      [0.7, 0.59],
    ],
  },
  {
    rule: 'components',
    one: [
      [225, 226],
      [373, 412],
      [376, 630],
    ],
    floor: [
      [0.985, 0.335],
      [0.89, 0.565],
      [0.6, 0.56],
    ],
  },
];

describe.each(EXPECTED)(
  'rows dropped by rule $rule, against the row kept for each',
  ({ rule, one, floor }) => {
    test('in one cluster', async () => {
      const session = await openClips();
      const wanted = one.map(([right, dropped], i) => ({
        eps: [0.002, 0.005, 0.01][i],
        precision: right / dropped,
        recall: right / COPIES,
      }));
      expect(await accuracyOf(session, 1, rule)).toEqual(near(wanted));
    });

    test('in 20 clusters: as right, and nearly as many', async () => {
      const session = await openClips();
      const found = await accuracyOf(session, 20, rule);
      found.forEach(({ precision, recall }, i) => {
        expect(precision).toBeGreaterThan(floor[i][0]);
        expect(recall).toBeGreaterThan(floor[i][1]);
      });
    });
  },
);

describe('duplicates found', () => {
  test('in clusters: none that one cluster has not', async () => {
    const session = await openClips();
    const call = (k: number): string => `(FROM kmeans_pairwise('clips', ${k}, rank_by := 'bytes DESC'))`;
    // Clusters only remove candidates.
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
