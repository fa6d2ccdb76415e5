import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { StepRunner, type Outcome, type Step } from '../support/steps.ts';
import { caseCount } from '../support/cases.ts';

const runner = new StepRunner();
const folder = mkdtempSync(join(tmpdir(), 'nearduck-statements-'));
afterAll(() => {
  runner.close();
  rmSync(folder, { recursive: true });
});

const RELATIONS = ['r', 'other.main.r', `${folder}/r.parquet`, 'v'];
const IDS = [
  'i::BIGINT',
  'i::VARCHAR',
  `'longer than twelve bytes ' || i`,
  'i::TINYINT',
  'i::HUGEINT',
  '(i / 2)::DOUBLE',
  'i::DECIMAL(4, 1)',
  'i::DECIMAL(30, 2)',
  `(DATE '2020-01-01' + i::INTEGER)`,
  `('m' || i)::ENUM ('m1', 'm2', 'm3', 'm4', 'm5', 'm6')`,
  `('m' || i)::ENUM ('m6', 'm5', 'm4', 'm3', 'm2', 'm1')`,
  'i::VARCHAR::BLOB',
  `format('00000000-0000-0000-0000-00000000000{}', i)::UUID`,
];
/** Expressions that cannot be ids. */
const NO_IDS = ['NULL', '{i: i}', 'i // 2'];
const EMBEDDINGS = ['FLOAT[]', 'FLOAT[3]', 'DOUBLE[]', 'DOUBLE[3]', 'INTEGER[]', 'VARCHAR[]', 'HUGEINT[3]'];
const CLUSTERS = ['VARCHAR', 'TINYINT', 'DOUBLE', 'BOOLEAN', 'UUID'];
const TYPES = ['VARCHAR', 'BIGINT', 'TINYINT', 'DOUBLE', 'FLOAT[]', 'FLOAT[3]', 'DOUBLE[]'];

/**
 * Statements over a relation. `@` stands for the relation as an argument, `#` for the relation in a FROM clause
 * inside an argument, and `$1` for a small number.
 */
const STATEMENTS = [
  `SELECT id FROM kmeans('@', 1) ORDER BY id::VARCHAR`,
  `SELECT id, centroid FROM kmeans('@', $1) ORDER BY id::VARCHAR`,
  `SELECT id, max_id, cosine_sim_score, c FROM pairwise('@', cluster := 'c', rank_by := 'id DESC') ORDER BY id::VARCHAR`,
  `SELECT id, max_id FROM pairwise('@', cluster := NULL, which_to_keep := 'random') ORDER BY id::VARCHAR`,
  `SELECT id, max_id, centroid FROM kmeans_pairwise('@', 2) WHERE centroid < $1 ORDER BY id::VARCHAR`,
  `SELECT id, reason FROM invalid_embeddings('@') ORDER BY id::VARCHAR`,
  `SELECT id FROM kmeans_assign('@', 'FROM kmeans_centroids(''@'', 2)') ORDER BY id::VARCHAR LIMIT $1`,
  `SELECT a.id, b.max_id FROM kmeans('@', 2) AS a JOIN pairwise('FROM #', cluster := 'c', which_to_keep := 'random') AS b ON a.id = b.id ORDER BY ALL`,
  `SELECT id FROM pairwise('SELECT id, embedding, k.centroid FROM # JOIN kmeans(''@'', 2) AS k USING (id)', which_to_keep := 'random') ORDER BY id::VARCHAR`,
  `SELECT id FROM w WHERE centroid < $1 ORDER BY id::VARCHAR`,
  `SELECT count(*) FROM kmeans('@', 1)`,
];

const columns = fc
  .record({
    id: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...IDS) }, fc.constantFrom(...NO_IDS)),
    embedding: fc.constantFrom(...EMBEDDINGS),
    cluster: fc.constantFrom(...CLUSTERS),
    rows: fc.integer({ min: 1, max: 6 }),
    more: fc.constantFrom('', '1 AS x, ', `'x' AS x, `),
  })
  .map(
    ({ id, embedding, cluster, rows, more }) =>
      `SELECT ${more}${id} AS id, ${cluster === 'UUID' ? `'00000000-0000-0000-0000-000000000000'` : 'i % 2'}::${cluster} AS c, ` +
      `[cos(i) * 9, sin(i) * 9, i]::${embedding} AS embedding FROM range(1, ${rows + 1}) AS r(i)`,
  );

/**
 * Statements that change relations. One that fails, for example because a table is now a view, changes
 * nothing.
 */
const change: fc.Arbitrary<Step> = fc
  .oneof(
    { weight: 4, arbitrary: columns.map((sql) => `CREATE OR REPLACE TABLE r AS ${sql}`) },
    columns.map((sql) => `CREATE OR REPLACE TEMP TABLE r AS ${sql}`),
    columns.map((sql) => `CREATE OR REPLACE TABLE other.r AS ${sql}`),
    columns.map((sql) => `COPY (${sql}) TO '${folder}/r.parquet'`),
    columns.map((sql) => `CREATE OR REPLACE VIEW v AS ${sql}`),
    fc.constantFrom('COMMIT', 'ROLLBACK'),
    fc.constantFrom(
      'CREATE OR REPLACE VIEW v AS FROM r',
      'CREATE OR REPLACE VIEW v AS SELECT c, embedding, id FROM other.main.r',
      `CREATE OR REPLACE VIEW w AS SELECT id, centroid FROM kmeans('r', 2)`,
      `CREATE OR REPLACE VIEW w AS SELECT 1 AS id, 0 AS centroid`,
      'DETACH other',
      `ATTACH ':memory:' AS other`,
      'DROP TABLE r',
      'DROP VIEW v',
      'ALTER TABLE r DROP COLUMN embedding',
      'ALTER TABLE r RENAME COLUMN c TO d',
      'INSERT INTO r BY NAME SELECT 6 AS id, [1, 2, 3] AS embedding',
      'DEALLOCATE p0',
      'BEGIN',
    ),
    fc
      .tuple(fc.constantFrom('id', 'c', 'embedding'), fc.constantFrom(...TYPES))
      .map(([column, type]) => `ALTER TABLE r ALTER ${column} TYPE ${type} USING NULL`),
    fc
      .tuple(fc.constantFrom('id', 'c', 'embedding'), fc.constantFrom(...TYPES))
      .map(([column, type]) => `ALTER TABLE r ALTER ${column} TYPE ${type}`),
  )
  .chain((sql) => fc.constantFrom<Step>({ sql }, { sql }, { sql, on: 'other' }));

interface Prepare {
  readonly slot: number;
  readonly statement: string;
}

interface Execute {
  readonly slot: number;
  readonly value: number;
  readonly how: Step['how'] | 'EXECUTE';
}

const slot = fc.nat({ max: 2 });
const prepare: fc.Arbitrary<Prepare> = fc.record({
  slot,
  statement: fc
    .tuple(fc.constantFrom(...STATEMENTS), fc.constantFrom(...RELATIONS))
    .map(([statement, relation]) =>
      statement
        .replaceAll('#', relation.includes('/') ? `''${relation}''` : relation)
        .replaceAll('@', relation),
    ),
});
const execution: fc.Arbitrary<Execute> = fc.record({
  slot,
  value: fc.integer({ min: 1, max: 3 }),
  how: fc.constantFrom('run', 'stream', 'start', 'startStream', 'EXECUTE', 'EXECUTE'),
});

type Action = { change: Step } | { prepare: Prepare } | { execute: Execute };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: change.map((step) => ({ change: step })) },
    { weight: 1, arbitrary: prepare.map((made) => ({ prepare: made })) },
    { weight: 3, arbitrary: execution.map((done) => ({ execute: done })) },
  ),
  { minLength: 4, maxLength: 20 },
);

/** The steps of a case, and the pairs of steps that must agree: a new statement and a prepared one. */
function stepsOf(
  before: readonly string[],
  list: readonly Action[],
): { steps: Step[]; pairs: [number, number][] } {
  const steps: Step[] = before.map((sql) => ({ sql }));
  const pairs: [number, number][] = [];
  const prepared = new Map<number, string>();
  for (const action of list) {
    if ('change' in action) {
      steps.push(action.change);
      if (action.change.sql === 'DEALLOCATE p0') prepared.delete(0);
    } else if ('prepare' in action) {
      const { slot: name, statement } = action.prepare;
      // Deallocate first: if preparing fails, the earlier statement of that name would remain.
      steps.push({ sql: `DEALLOCATE p${name}` }, { sql: `PREPARE p${name} AS ${statement}` });
      steps.push({ prepare: `q${name}`, sql: statement });
      prepared.set(name, statement);
    } else {
      const { slot: name, value, how } = action.execute;
      const statement = prepared.get(name);
      if (statement === undefined) continue;
      pairs.push([steps.length, steps.length + 1]);
      steps.push({ sql: statement.replaceAll('$1', String(value)) });
      const values = statement.includes('$1') ? [value] : [];
      if (how === 'EXECUTE') steps.push({ sql: `EXECUTE p${name}${values.length > 0 ? `(${value})` : ''}` });
      else steps.push({ execute: `q${name}`, how, values });
    }
  }
  return { steps, pairs };
}

const ERROR = /^(?:Failed to prepare: )?[A-Z][A-Za-z ]+ Error: |^no statement/;
const runs = caseCount(20);

test('random sequences: a prepared statement gives what the same text gives freshly, or an error', async () => {
  const first = [
    `ATTACH ':memory:' AS other`,
    ...['TABLE r', 'TABLE other.r', 'VIEW v'].map(
      (name) =>
        `CREATE ${name} AS SELECT i AS id, i % 2 AS c, [cos(i), sin(i), i]::FLOAT[] AS embedding FROM range(1, 6) AS t(i)`,
    ),
    `COPY r TO '${folder}/r.parquet'`,
    `CREATE VIEW w AS SELECT id, centroid FROM kmeans('r', 2)`,
  ];
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.tuple(prepare, prepare, prepare), actions, async (made, list) => {
      const known = made.map(({ statement }, i) => ({ prepare: { slot: i, statement } }));
      const { steps, pairs } = stepsOf(first, [...known, ...list]);
      const outcomes = await runner.run(steps);
      for (const [fresh, prepared] of pairs) {
        const [expected, found] = [outcomes[fresh], outcomes[prepared]];
        const isRefused = expected.error !== undefined || !isPrepared(outcomes, steps, prepared);
        if (isRefused && ERROR.test(found.error ?? '')) continue;
        expect(found).toEqual(expected);
        compared++;
      }
    }),
    { numRuns: runs },
  );
  expect(compared).toBeGreaterThan(runs);
}, 600_000);

/** False when the step that prepares what `index` executes failed. */
function isPrepared(outcomes: readonly Outcome[], steps: readonly Step[], index: number): boolean {
  const { sql = '', execute = '' } = steps[index];
  const name = execute || /p\d/.exec(sql)![0];
  const at = steps
    .slice(0, index)
    .findLastIndex((step) => step.prepare === name || step.sql?.startsWith(`PREPARE ${name} `));
  return outcomes[at].error === undefined;
}
