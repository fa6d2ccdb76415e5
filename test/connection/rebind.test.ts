import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { StepRunner, type Outcome, type Step } from '../support/steps.ts';

const runner = new StepRunner();
const folder = mkdtempSync(join(tmpdir(), 'nearduck-rebind-'));
afterAll(() => {
  runner.close();
  rmSync(folder, { recursive: true });
});

interface Columns {
  readonly id?: string;
  readonly embedding?: string;
  readonly cluster?: string;
  readonly rows?: number;
}

/** Rows 1 to `rows` with an id, an embedding of three elements and a cluster. */
const rowsOf = ({ id = 'i', embedding = 'FLOAT[]', cluster = 'VARCHAR', rows = 5 }: Columns): string =>
  `SELECT ${id} AS id, [cos(i), sin(i), i]::${embedding} AS embedding, (i % 2)::${cluster} AS centroid FROM range(1, ${rows + 1}) AS r(i)`;

const table = (columns: Columns = {}): string => `CREATE OR REPLACE TABLE t AS ${rowsOf(columns)}`;

const TEXT = 'i::VARCHAR';
const LONG_TEXT = `'a text of more than twelve bytes ' || i`;
const KMEANS = `SELECT id FROM kmeans('t', 2) ORDER BY id`;
const PAIRWISE = `SELECT id, max_id, centroid FROM pairwise('t', which_to_keep := 'random') ORDER BY id`;
const NESTED = `SELECT id FROM pairwise('SELECT id, embedding, k.centroid FROM t JOIN kmeans(''t'', 2) AS k USING (id)', which_to_keep := 'random') ORDER BY id`;

/**
 * Prepares `sql` in all ways, changes its relation, and executes it in all ways. The result must be the one
 * of a new run.
 */
async function expectFresh(
  before: readonly string[],
  sql: string,
  after: readonly string[],
): Promise<Outcome> {
  const steps: Step[] = [
    ...before.map((text) => ({ sql: text })),
    { sql: `PREPARE p AS ${sql}` },
    { sql: 'EXECUTE p' },
    { prepare: 'q', sql },
    { prepare: 'r', sql: 'EXECUTE p' },
    { execute: 'q' },
    ...after.map((text) => ({ sql: text })),
    { sql },
    { sql: 'EXECUTE p' },
    { execute: 'q' },
    { execute: 'q', how: 'stream' },
    { execute: 'q', how: 'start' },
    { execute: 'q', how: 'startStream' },
    { execute: 'r' },
  ];
  const outcomes = await runner.run(steps);
  const executions = outcomes.slice(-7);
  for (const { error } of outcomes.slice(0, -7)) expect(error).toBeUndefined();
  for (const outcome of executions) expect(outcome).toEqual(executions[0]);
  return executions[0];
}

describe('a prepared statement sees its relation as it is now', () => {
  const numbers = ['1', '2', '3', '4', '5'];
  const view = `CREATE VIEW v AS SELECT id::VARCHAR AS id FROM kmeans('t', 1)`;
  const members = (first: string): string =>
    `CASE i WHEN 1 THEN '${first}' ELSE 'm' || i END::ENUM ('${first}', 'm2', 'm3', 'm4', 'm5')`;

  test.each<readonly [string, { sql?: string; before: string[]; after: string[]; ids?: unknown[] }]>([
    ['BIGINT ids become VARCHAR', { before: [table()], after: [table({ id: TEXT })] }],
    ['VARCHAR ids become BIGINT', { before: [table({ id: TEXT })], after: [table()] }],
    [
      'long VARCHAR ids become TINYINT',
      { before: [table({ id: LONG_TEXT })], after: [table({ id: 'i::TINYINT' })], ids: [1, 2, 3, 4, 5] },
    ],
    [
      'TINYINT ids become HUGEINT',
      { before: [table({ id: 'i::TINYINT' })], after: [table({ id: 'i::HUGEINT' })] },
    ],
    [
      'an ENUM gets another member',
      {
        before: [table({ id: members('m1') })],
        after: [table({ id: members('new') })],
        ids: ['new', 'm2', 'm3', 'm4', 'm5'],
      },
    ],
    [
      'a DECIMAL gets another scale',
      {
        before: [table({ id: 'i::DECIMAL(4, 2)' })],
        after: [table({ id: 'i::DECIMAL(4, 1)' })],
        ids: ['1.0', '2.0', '3.0', '4.0', '5.0'],
      },
    ],
    ['FLOAT[] becomes FLOAT[3]', { before: [table()], after: [table({ embedding: 'FLOAT[3]' })] }],
    ['FLOAT[3] becomes FLOAT[]', { before: [table({ embedding: 'FLOAT[3]' })], after: [table()] }],
    ['FLOAT[] becomes DOUBLE[]', { before: [table()], after: [table({ embedding: 'DOUBLE[]' })] }],
    [
      'DOUBLE[3] becomes INTEGER[]',
      { before: [table({ embedding: 'DOUBLE[3]' })], after: [table({ embedding: 'INTEGER[]' })] },
    ],
    [
      'VARCHAR clusters become TINYINT',
      { sql: PAIRWISE, before: [table()], after: [table({ cluster: 'TINYINT' })] },
    ],
    [
      'TINYINT clusters become VARCHAR',
      { sql: PAIRWISE, before: [table({ cluster: 'TINYINT' })], after: [table()] },
    ],
    ['a column is altered', { before: [table()], after: ['ALTER TABLE t ALTER id TYPE VARCHAR'] }],
    [
      'columns change places',
      {
        before: [table()],
        after: ['CREATE OR REPLACE TABLE t AS SELECT centroid, embedding, id::VARCHAR AS id FROM t'],
      },
    ],
    [
      'a view in place of a table',
      { before: [table()], after: ['DROP TABLE t', `CREATE VIEW t AS ${rowsOf({ id: TEXT })}`] },
    ],
    [
      'a temporary table before another',
      { before: [table()], after: [table({ id: TEXT }).replace('TABLE', 'TEMP TABLE')] },
    ],
    [
      'the table of a view that calls kmeans',
      {
        sql: 'SELECT id FROM v ORDER BY id',
        before: [table(), view],
        after: [table({ id: LONG_TEXT, rows: 1 })],
        ids: ['a text of more than twelve bytes 1'],
      },
    ],
    ['nested calls', { sql: NESTED, before: [table({ id: TEXT })], after: [table()] }],
    ['in a transaction', { before: [table()], after: ['BEGIN', table({ id: TEXT })] }],
    ['after a rollback', { before: [table({ id: TEXT }), 'BEGIN', table()], after: ['ROLLBACK'] }],
    [
      'an attached database is another',
      {
        sql: KMEANS.replace(`'t'`, `'other.t'`),
        before: [`ATTACH ':memory:' AS other`, table().replace(' t ', ' other.t ')],
        after: [
          'DETACH other',
          `ATTACH ':memory:' AS other`,
          table({ id: TEXT }).replace(' t ', ' other.t '),
        ],
      },
    ],
    [
      'a Parquet file is replaced',
      {
        sql: KMEANS.replace(`'t'`, `'${folder}/t.parquet'`),
        before: [`COPY (${rowsOf({})}) TO '${folder}/t.parquet'`],
        after: [`COPY (${rowsOf({ id: TEXT, embedding: 'DOUBLE[]' })}) TO '${folder}/t.parquet'`],
      },
    ],
  ])('%s', async (_, { sql = KMEANS, before, after, ids = numbers }) => {
    const { rows } = await expectFresh(before, sql, after);
    expect(rows?.map(([id]) => id)).toEqual(ids);
  });

  test('read_arrow, when its file is replaced', async () => {
    const sql = `FROM read_arrow('${folder}/t.arrow')`;
    const file = (name: string): string => fileURLToPath(new URL(`../arrow/files/${name}`, import.meta.url));
    const outcomes = await runner.run([
      { copy: [file('polars.arrow'), `${folder}/t.arrow`] },
      { prepare: 'q', sql },
      { sql: `PREPARE p AS ${sql}` },
      { execute: 'q' },
      { copy: [file('dictionaries.arrows'), `${folder}/t.arrow`] },
      { sql },
      { execute: 'q' },
      { sql: 'EXECUTE p' },
    ]);
    const [before, , fresh, ...prepared] = outcomes.slice(3);
    expect(before.error ?? fresh.error).toBeUndefined();
    expect(fresh).not.toEqual(before);
    expect(prepared).toEqual([fresh, fresh]);
  });
});

test('values of parameters stay with a statement that is bound again', async () => {
  const sql = `SELECT id::VARCHAR FROM kmeans($relation, 1) WHERE id::INTEGER >= $least ORDER BY id`;
  const outcomes = await runner.run([
    { sql: table() },
    { prepare: 'q', sql },
    { sql: `PREPARE p AS ${sql}` },
    { execute: 'q', values: { relation: 't', least: 4 } },
    { sql: table({ id: TEXT }) },
    { execute: 'q' },
    { execute: 'q', values: { least: 5 }, how: 'startStream' },
    { sql: `EXECUTE p(relation := 't', least := 3)` },
  ]);
  expect(outcomes.slice(3).map(({ rows, error }) => rows?.flat() ?? error)).toEqual([
    ['4', '5'],
    ['5'],
    ['4', '5'],
    ['5'],
    ['3', '4', '5'],
  ]);
});

describe('errors', () => {
  test('a relation that is gone, or lost its column, until it is back', async () => {
    const outcomes = await runner.run([
      { sql: table() },
      { prepare: 'q', sql: KMEANS },
      { sql: `PREPARE p AS ${KMEANS}` },
      { sql: 'DROP TABLE t' },
      { execute: 'q' },
      { sql: 'EXECUTE p' },
      { sql: 'CREATE TABLE t AS SELECT 1 AS number, [1.0] AS embedding' },
      { execute: 'q' },
      { sql: 'EXECUTE p' },
      { sql: table({ id: TEXT, rows: 2 }) },
      { execute: 'q' },
      { sql: 'EXECUTE p' },
    ]);
    const gone = expect.stringMatching(
      /Catalog Error: kmeans: relation 't': Table with name t does not exist/,
    );
    const lost = expect.stringContaining(
      `Binder Error: kmeans: relation 't' has no column "id"; its columns are`,
    );
    expect(outcomes.slice(4).map(({ rows, error }) => error ?? rows)).toEqual([
      gone,
      gone,
      [['1']],
      lost,
      lost,
      [['2']],
      [['1'], ['2']],
      [['1'], ['2']],
    ]);
  });

  test('a name that was deallocated stays so', async () => {
    const outcomes = await runner.run([
      { sql: table() },
      { sql: `PREPARE "P q" AS ${KMEANS}` },
      { sql: 'EXECUTE "p Q"' },
      { sql: 'DEALLOCATE "P q"' },
      { sql: 'EXECUTE "P q"' },
    ]);
    expect(outcomes[2].rows).toHaveLength(5);
    expect(outcomes[4].error).toContain('does not exist');
  });
});

test('EXPLAIN ANALYZE EXECUTE computes on the data of then', async () => {
  const outcomes = await runner.run([
    { sql: table({ id: LONG_TEXT }) },
    { sql: `PREPARE p AS ${KMEANS}` },
    { sql: table({ id: 'i::TINYINT', rows: 3 }) },
    { sql: 'EXPLAIN ANALYZE EXECUTE p' },
  ]);
  expect(outcomes[3].error).toBeUndefined();
  expect(JSON.stringify(outcomes[3].rows)).toMatch(/3 rows/);
});

test('a prepared statement over a view that calls a function only since then', async () => {
  const outcomes = await runner.run([
    { sql: table() },
    { sql: 'CREATE TABLE one AS SELECT 1 AS i; CREATE VIEW v AS SELECT 0 AS id' },
    { prepare: 'q', sql: 'SELECT v.id::VARCHAR FROM one, v ORDER BY ALL' },
    {
      sql: `CREATE OR REPLACE VIEW v AS SELECT id FROM kmeans('t', 1); ALTER TABLE one ADD COLUMN j INTEGER`,
    },
    { execute: 'q', how: 'start' },
    { sql: table({ id: LONG_TEXT, rows: 1 }) },
    { execute: 'q' },
  ]);
  expect(outcomes[4].rows?.flat()).toEqual(['1', '2', '3', '4', '5']);
  expect(outcomes[6].rows?.flat()).toEqual(['a text of more than twelve bytes 1']);
});

test('a relation that another connection changes meanwhile: the rows of before or of after', async () => {
  const change = (columns: Columns): Step => ({ sql: table(columns), on: 'other', wait: false });
  const steps: Step[] = [{ sql: table() }, { prepare: 'q', sql: KMEANS }];
  for (let i = 0; i < 20; i++) {
    steps.push({ execute: 'q', wait: false });
    steps.push(change({ id: LONG_TEXT, rows: 3, cluster: 'TINYINT', embedding: 'DOUBLE[]' }));
    steps.push({ sql: PAIRWISE, wait: false }, change({ embedding: 'FLOAT[3]', rows: 4 }));
  }
  const outcomes = await runner.run(steps);
  for (const error of outcomes.flatMap((outcome) => outcome.error ?? [])) {
    expect(error).toMatch(/columns of the relation changed|does not exist|Transaction/);
  }
  for (const [id] of outcomes.flatMap(({ rows = [] }) => rows)) {
    expect(id).toMatch(/^[1-5]$|^a text of more than twelve bytes [1-3]$/);
  }
});
