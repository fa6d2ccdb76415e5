import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, type RawBuilder } from 'kysely';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import type { CatalogueEntry } from '../../src/functions/definition.ts';
import * as nearduck from '../../src/kysely/index.ts';
import { Session } from '../../src/session/session.ts';
import { npyBytes } from '../npy/npyBytes.ts';

const { kmeans, kmeansPairwise, nearest, pairwise, readArrow, reviewSample, similarPairs } = nearduck;

interface Database {
  clips: { id: string; bytes: number; embedding: number[] };
}

const folder = mkdtempSync(join(tmpdir(), 'nearduck-helpers-'));
let session: Session;
let db: Kysely<Database>;

beforeAll(async () => {
  session = await Session.open({ backend: 'reference' });
  // Twelve rows on a circle, close in pairs.
  await session.run(`
    CREATE TABLE clips AS
    SELECT 'c' || i AS id, (i * 10)::INTEGER AS bytes, [cos(a), sin(a)]::FLOAT[] AS embedding
    FROM (SELECT i, i // 2 + (i % 2) / 100 AS a FROM range(12) AS t(i));
    CREATE TABLE pairs AS FROM kmeans_pairwise('clips', 1, rank_by := 'bytes');
    CREATE TABLE others AS SELECT 'o' || id AS id, centroid, embedding FROM clips JOIN kmeans('clips', 2) USING (id);
    CREATE TABLE model AS FROM kmeans_centroids('clips', 2);
    CREATE TABLE verdicts AS SELECT * REPLACE (true AS same) FROM review_sample('pairs', 0.05, 10);
    COPY clips TO '${folder}/clips.json'`);
  await writeArrow(session.connection, 'FROM clips', join(folder, 'clips.arrow'));
  writeFileSync(join(folder, 'rows.npy'), npyBytes([[1, 0]], 2, { type: 'f4' }));
  db = new Kysely<Database>({
    dialect: new nearduck.NearduckDialect({ connection: session.connection }),
  });
});

afterAll(async () => {
  await db.destroy();
  await session.close();
  rmSync(folder, { recursive: true });
});

/** The first argument and the options that each helper is called with. */
const CALLS: Readonly<Record<string, readonly [first: string, options?: object]>> = {
  kmeans: ['clips', { k: 2 }],
  kmeans_centroids: ['clips', { k: 2n, withBranches: true }],
  kmeans_assign: [
    'clips',
    {
      centroids: 'SELECT *, centroid AS bucket FROM model',
      overlap: 0.1,
      withEmbeddings: true,
      withBuckets: true,
    },
  ],
  pairwise: [
    'FROM clips JOIN kmeans($$clips$$, 2) USING (id)',
    { whichToKeep: 'easy', against: 'others', checkWhere: 'true' },
  ],
  kmeans_pairwise: [
    'clips',
    { k: 2, rankBy: 'bytes DESC', rule: 'chain', eps: 0.1, checkRows: 100, against: 'others' },
  ],
  overlap_for_recall: ['clips', { centroids: 'model', recall: 0.9, seed: undefined }],
  pairwise_recall: ['clips', { pairs: 'pairs', eps: [0.01, 0.1], seed: undefined }],
  nearest: ['clips', { relation: 'clips', k: 2, minScore: null }],
  similar_pairs: ['clips', { eps: 0.1, copies: false, against: 'others', protect: 'bytes = 0' }],
  duplicate_groups: ['pairs', { eps: 0.1 }],
  invalid_embeddings: ['SELECT id, [0.0, 0.0]::FLOAT[] AS embedding FROM clips'],
  embedding_health: ['clips'],
  read_npy: [join(folder, 'rows.npy')],
  read_arrow: [join(folder, 'clips.arrow')],
  read_json_exactly: [`${folder}/clips.json`],
  duplicates: ['pairs', { eps: 0.1 }],
  eps_curve: ['pairs'],
  eps_candidates: ['pairs'],
  similarity_histogram: ['pairs', { bins: 10, fromScore: 0.5 }],
  drop_by_group: ['pairs', { eps: 0.1, metadata: 'clips', groupBy: 'bytes' }],
  review_sample: ['pairs', { eps: 0.1, rows: 4 }],
  eps_precision: ['verdicts'],
  atlas_neighbors: ['clips', { pairs: 'pairs', most: 3 }],
};

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The columns of a call with all its options; `pairs of against` is no option. */
const columnsOf = ({ columns }: CatalogueEntry) =>
  columns?.filter((column) => column.with !== 'pairs of against');

type Helper = (first: string, options?: object) => RawBuilder<Record<string, unknown>>;
const helpers = new Map(Object.entries(nearduck) as unknown as [string, Helper][]);

/** The `typeof` of a value of a column type. Undefined when it can be any. */
function typeOf(type: string): string | undefined {
  if (type === 'any') return undefined;
  if (type === 'id' || type === 'VARCHAR') return 'string';
  if (type === 'BIGINT') return 'bigint';
  if (type === 'BOOLEAN') return 'boolean';
  return /^STRUCT|^BLOB$|\]$/.test(type) ? 'object' : 'number';
}

describe('each helper runs, and its rows have the columns and types that it states', () => {
  const entries = catalogue.filter(({ kind }) => kind !== 'scalar macro');

  test.each(entries.map((entry) => [entry.name, entry] as const))('%s', async (name, entry) => {
    const helper = helpers.get(camelCase(name))!;
    expect(CALLS).toHaveProperty(name);
    const rows = await db
      .selectFrom(helper(...CALLS[name]).as('r'))
      .selectAll()
      .execute();
    expect(rows.length).toBeGreaterThan(0);
    const columns = columnsOf(entry);
    const names = columns?.map((column) => column.name) ?? ['id', 'bytes', 'embedding'];
    // Sorted, because documentation lists the columns that options add last.
    expect(Object.keys(rows[0]).sort()).toEqual(names.sort());
    for (const column of columns ?? []) {
      const expected = typeOf(column.type);
      if (expected === undefined) continue;
      const found = new Set(
        rows.map((row) => (row[column.name] === null ? 'NULL' : typeof row[column.name])),
      );
      if (column.isNullable) found.delete('NULL');
      expect([...found], column.name).toEqual(column.isNullable && found.size === 0 ? [] : [expected]);
    }
  });
});

describe('choices of the catalogue are those that functions take', () => {
  const choosing = catalogue
    .filter(({ kind }) => kind === 'table function')
    .flatMap(({ name, parameters }) =>
      parameters.filter(({ choices }) => choices).map((parameter) => [name, parameter] as const),
    );

  test.each(choosing.map(([name, parameter]) => [name, parameter.name, parameter] as const))(
    '%s, %s',
    async (name, _, parameter) => {
      const [first, options] = CALLS[name];
      const helper = helpers.get(camelCase(name))!;
      const given = { ...options, [camelCase(parameter.name)]: 'another' };
      const choices = parameter.choices!.map((choice) => `'${choice}'`).join(', ');
      await expect(db.selectFrom(helper(first, given).as('r')).selectAll().execute()).rejects.toThrow(
        `${parameter.name} must be one of ${choices}, got 'another'`,
      );
    },
  );
});

test('arguments are parameters, named as in SQL', () => {
  const query = db
    .selectFrom(kmeansPairwise('clips', { k: 20, rankBy: 'bytes DESC', seed: undefined }).as('p'))
    .select(['p.id', 'p.max_id']);
  expect(query.compile()).toMatchObject({
    sql: `select "p"."id", "p"."max_id" from kmeans_pairwise($1, $2, "rank_by" := $3) as "p"`,
    parameters: ['clips', 20, 'bytes DESC'],
  });
});

test('NULL is an argument', async () => {
  const { length } = await db
    .selectFrom(pairwise('clips', { cluster: null, rankBy: 'bytes' }).as('p'))
    .select('p.id')
    .execute();
  expect(length).toBe(12);
});

test('a missing option and an unknown one are errors', async () => {
  const untyped = kmeans as (relation: string, options?: object) => RawBuilder<object>;
  expect(() => untyped('clips')).toThrow('Binder Error: kmeans: the option k is missing');
  await expect(
    db
      .selectFrom(untyped('clips', { k: 2, maxIterations: 3 }).as('c'))
      .selectAll()
      .execute(),
  ).rejects.toThrow(/max_iterations/);
});

test('joined with a table, in types and in rows', async () => {
  const rows = await db
    .selectFrom(kmeansPairwise<string>('clips', { k: 1, rankBy: 'bytes DESC' }).as('p'))
    .innerJoin('clips', 'clips.id', 'p.id')
    .select(['clips.bytes', 'p.max_id', 'p.rank'])
    .where('p.cosine_sim_score', '>=', 0.9999)
    .orderBy('p.rank')
    .limit(1)
    .execute();
  expectTypeOf(rows).toEqualTypeOf<{ bytes: number; max_id: string; rank: bigint }[]>();
  expect(rows).toEqual([{ bytes: 100, max_id: 'c11', rank: 2n }]);
});

test('types', () => {
  type RowOf<T> = T extends RawBuilder<infer Row> ? Row : never;
  const plain = kmeansPairwise('clips', { k: 2 });
  expectTypeOf<RowOf<typeof plain>>().toEqualTypeOf<{
    id: nearduck.Id;
    centroid: number;
    cosine_dist_to_cent: number;
    l2_dist_to_cent: number;
    max_id: nearduck.Id;
    cosine_sim_score: number;
    rank: bigint;
    kept_in_against?: boolean;
  }>();
  const more = kmeansPairwise('clips', { k: 2, rule: 'covered', eps: 0.1, checkRows: 10 });
  expectTypeOf<RowOf<typeof more>>().toExtend<{
    kept_id: nearduck.Id;
    kept_score: number | null;
    checked_score: number | null;
  }>();
  // With an explicit type argument, the columns that options add are optional.
  const named = kmeansPairwise<string>('clips', { k: 2, rule: 'chain', eps: 0.1 });
  expectTypeOf<RowOf<typeof named>['id']>().toEqualTypeOf<string>();
  expectTypeOf<RowOf<typeof named>['kept_id']>().toEqualTypeOf<string | undefined>();
  const all = similarPairs('clips', { eps: 0.1 });
  expectTypeOf<RowOf<typeof all>>().not.toHaveProperty('is_copy');
  const copies = similarPairs('clips', { eps: 0.1, copies: false });
  expectTypeOf<RowOf<typeof copies>['is_copy']>().toEqualTypeOf<boolean>();
  expectTypeOf(kmeans<bigint>('clips', { k: 2 })).toEqualTypeOf<RawBuilder<nearduck.KmeansRow<bigint>>>();
  expectTypeOf(reviewSample('pairs', { eps: 0.1, rows: 4 })).toEqualTypeOf<
    RawBuilder<nearduck.ReviewSampleRow>
  >();
  expectTypeOf<nearduck.ReviewSampleRow['same']>().toEqualTypeOf<boolean | null>();
  expectTypeOf(readArrow<{ id: string }>('clips.arrow')).toEqualTypeOf<RawBuilder<{ id: string }>>();
  expectTypeOf<nearduck.KmeansOptions>().toHaveProperty('k').toEqualTypeOf<number | bigint>();
});

test('wrong calls do not compile', () => {
  const wrong = [
    // @ts-expect-error k is missing
    () => kmeans('clips', {}),
    // @ts-expect-error the options are missing
    () => kmeans('clips'),
    // @ts-expect-error there is no such option
    () => kmeans('clips', { k: 2, maxIterations: 3 }),
    // @ts-expect-error there is no such option where the options decide on columns either
    () => kmeansPairwise('clips', { k: 2, rank_by: 'bytes' }),
    // @ts-expect-error there is no such rule
    () => kmeansPairwise('clips', { k: 2, rule: 'first' }),
    // @ts-expect-error seed has no NULL
    () => kmeans('clips', { k: 2, seed: null }),
    // @ts-expect-error there is no such column
    () => db.selectFrom(nearest('clips', { relation: 'clips' }).as('n')).select('n.max_id'),
    // @ts-expect-error the column needs check_rows
    () => db.selectFrom(kmeansPairwise('clips', { k: 2 }).as('p')).select('p.checked_score'),
  ];
  expect(wrong).toHaveLength(8);
});
