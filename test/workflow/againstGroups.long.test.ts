import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { clipFiles, columns, query, script, temporaryFolder, type Row, unfolded } from './clips.ts';

/** Rows and earlier ones with the same numbers as ids, and text to tell them apart. */
async function sameIds(): Promise<string> {
  const folder = temporaryFolder();
  await query(
    `CREATE TABLE numbered AS
     SELECT (row_number() OVER (PARTITION BY hash(id) % 2 ORDER BY id))::INTEGER AS id, hash(id) % 2 AS month, embedding
     FROM '${clipFiles}';
     COPY (SELECT id, embedding FROM numbered WHERE month = 0) TO '${folder}/old.parquet';
     COPY (SELECT id, embedding FROM numbered WHERE month = 1) TO '${folder}/new.parquet';
     COPY (SELECT id, 'new ' || id AS name, id % 3 AS source FROM numbered WHERE month = 1) TO '${folder}/meta.parquet';
     SELECT 1`,
  );
  return folder;
}

const PROTECT = ['--protect', 'id % 4 = 0'];

async function dedup(folder: string, output: string, ...args: string[]): Promise<string> {
  const options = ['--against', 'old.parquet', '--output', output, '--backend', 'cpu', '--threads', '1'];
  const { code, stdout, stderr } = await runCli(['dedup', 'new.parquet', ...args, ...options], '', folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const exact = ['--clusters', '1', '--rank-by', 'id', '--eps', '0.005'];
const groupsIn = (folder: string, output: string): Promise<Row[]> =>
  query(`FROM '${folder}/${output}/groups/*.parquet' ORDER BY id`);

/** Groups that keep a row that is dropped, drop a protected row, or have another score than the embeddings. */
async function faults(folder: string, output: string): Promise<number> {
  const [{ n }] = await query(
    `WITH vectors AS (
         SELECT id, embedding::DOUBLE[] AS vector, true AS is_old FROM '${folder}/old.parquet'
         UNION ALL SELECT id, embedding::DOUBLE[], false FROM '${folder}/new.parquet'
     ),
     dropped AS (FROM '${folder}/${output}/groups/*.parquet')
     SELECT count(*) AS n
     FROM dropped
     JOIN vectors AS own ON own.id = dropped.id AND NOT own.is_old
     LEFT JOIN vectors AS kept ON kept.id = kept_id AND kept.is_old = kept_in_against
     WHERE dropped.id % 4 = 0
         OR kept.id IS NULL
         OR (NOT kept_in_against AND kept_id IN (SELECT id FROM dropped))
         OR kept_score IS NULL
         OR abs(list_cosine_similarity(own.vector, kept.vector) - kept_score) > 2e-6`,
  );
  return Number(n);
}

describe('groups with earlier and protected rows', () => {
  test.each(['chain', 'covered', 'components'])(
    'by rule %s, from dedup and from the scripts',
    async (rule) => {
      const folder = await sameIds();
      const stdout = await dedup(folder, 'out', ...exact, ...PROTECT, '--rule', rule);
      const groups = await groupsIn(folder, 'out');
      expect(Object.keys(await columns(`'${folder}/out/groups/*.parquet'`))).toEqual([
        'id',
        'kept_id',
        'max_id',
        'cosine_sim_score',
        'group_size',
        'kept_in_against',
        'max_in_against',
        'kept_score',
      ]);
      const ofEarlier = groups.filter((row) => row.kept_in_against).length;
      expect(ofEarlier).toBeGreaterThan(100);
      expect(groups.length).toBeGreaterThan(ofEarlier);
      expect(unfolded(stdout)).toMatch(
        new RegExp(
          `^duplicates +${groups.length} \\(.*\\) at eps 0.005.*, ${ofEarlier} of them of earlier rows$`,
          'm',
        ),
      );
      expect(await faults(folder, 'out')).toBe(0);
      // Step by step, the pairs differ and scores are measured.
      mkdirSync(join(folder, 'steps'));
      const file = (name: string): string[] => ['-f', script(name)];
      const set = (name: string, value: string): string[] => ['-set', `${name}=${value}`];
      const inClusters = `CREATE TABLE model AS FROM kmeans_centroids('embeddings', 1);
      CREATE OR REPLACE TEMP VIEW in_clusters AS FROM earlier JOIN kmeans_assign('earlier', 'model') USING (id);
      SET VARIABLE earlier = 'in_clusters'`;
      const { code, stderr } = await runCli(
        [
          ...set('input', join(folder, 'new.parquet')),
          ...set('against', join(folder, 'old.parquet')),
          ...set('clusters', '1'),
          ...set('rank_by', 'id'),
          ...set('protect', PROTECT[1]),
          ...set('output', 'steps'),
          ...set('eps', '0.005'),
          ...set('rule', rule),
          ...['1_load', '1_load_against', '2_kmeans'].flatMap(file),
          '-c',
          inClusters,
          ...['3_pairwise', '3_write', '3_all_pairs', '5_identify'].flatMap(file),
        ],
        '',
        folder,
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(await faults(folder, 'steps')).toBe(0);
      const known = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, kept_score: 'any' }));
      expect(known(await groupsIn(folder, 'steps'))).toEqual(known(groups));
    },
  );

  test('scores of chains that end at an earlier row are unknown until it is loaded', async () => {
    const folder = await sameIds();
    await dedup(folder, 'out', '--clusters', '1', '--rank-by', 'id');
    const identify = (args: readonly string[] = []): ReturnType<typeof runCli> => {
      const set = '-set output=out -set eps=0.02 -set overwrite=true'.split(' ');
      return runCli([...set, ...args, '-f', script('5_identify')], '', folder);
    };
    const first = await identify();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout.replaceAll(/\s+/g, ' ')).toContain('first run 1_load, 1_load_against');
    const unknown = (await groupsIn(folder, 'out')).filter((row) => row.kept_score === null);
    expect(unknown.filter((row) => row.kept_in_against).length).toBeGreaterThan(0);
    const set = '-set input=new.parquet -set against=old.parquet'.split(' ');
    const loaded = await identify([...set, '-f', script('1_load'), '-f', script('1_load_against')]);
    expect(loaded).toMatchObject({ code: 0, stderr: '' });
    const [{ n }] = await query(
      `SELECT count(*) AS n
       FROM '${folder}/out/groups/*.parquet' AS g
       JOIN '${folder}/new.parquet' AS own USING (id)
       JOIN '${folder}/old.parquet' AS kept ON kept.id = kept_id
       WHERE kept_in_against
           AND NOT coalesce(abs(list_cosine_similarity(own.embedding::DOUBLE[], kept.embedding::DOUBLE[]) - kept_score) <= 2e-6, false)`,
    );
    expect(n).toBe(0n);
    expect((await groupsIn(folder, 'out')).every((row) => row.kept_score !== null)).toBe(true);
  });
});

test('a budget and the guard count new rows', async () => {
  const folder = await sameIds();
  const guard = ['--metadata', 'meta.parquet', '--group-by', 'source', '--max-drop', '1'];
  const stdout = await dedup(folder, 'out', '--clusters', '1', ...PROTECT, '--drop-share', '0.2', ...guard);
  const [{ rows }] = await query(`SELECT count(*) AS rows FROM '${folder}/new.parquet'`);
  const groups = await groupsIn(folder, 'out');
  expect(groups.length).toBeLessThanOrEqual(Number(rows) * 0.2);
  expect(groups.length).toBeGreaterThan(Number(rows) * 0.15);
  expect(groups.filter(({ id }) => (id as number) % 4 === 0)).toEqual([]);
  expect(unfolded(stdout)).toMatch(
    /^duplicates .*, the largest for --drop-share 0\.2, \d+ of them of earlier rows$/m,
  );
  const counted = [...stdout.matchAll(/^│ +\d │ +(\d+) │ +(\d+) │/gm)].map(([, n, dropped]) => [
    +n,
    +dropped,
  ]);
  expect(counted.reduce((sum, [n]) => sum + n, 0)).toBe(Number(rows));
  expect(counted.reduce((sum, [, dropped]) => sum + dropped, 0)).toBe(groups.length);
});

test('the report tells earlier rows from those of the metadata with their ids', async () => {
  const folder = await sameIds();
  await dedup(folder, 'out', ...exact, '--metadata', 'meta.parquet', '--report', '--show', 'name');
  const html = readFileSync(join(folder, 'out', 'report.html'), 'utf8');
  const data = JSON.parse(/<script[^>]*type="application\/json"[^>]*>([^]*?)<\/script>/.exec(html)![1]) as {
    pairs: { id: string; maxId: string; maxIsEarlier: boolean; score: number }[];
    groups: { keptId: string; keptIsEarlier: boolean; size: number; members: { id: string }[] }[];
    shown: Record<string, { text: string }[]>;
  };
  const best = await query(
    `SELECT id::VARCHAR AS id, max_id::VARCHAR AS max_id, max_in_against FROM '${folder}/out/pairwise_results/*.parquet'`,
  );
  const known = new Map(best.map((row) => [row.id, [row.max_id, row.max_in_against]]));
  expect(data.pairs.map(({ maxId, maxIsEarlier }) => [maxId, maxIsEarlier])).toEqual(
    data.pairs.map(({ id }) => known.get(id)),
  );
  expect(new Set(data.pairs.map(({ maxIsEarlier }) => maxIsEarlier))).toEqual(new Set([true, false]));
  const groups = await groupsIn(folder, 'out');
  expect(data.groups.length).toBeGreaterThan(10);
  for (const { keptId, keptIsEarlier, size } of data.groups) {
    const members = groups.filter(
      (row) => String(row.kept_id) === keptId && row.kept_in_against === keptIsEarlier,
    );
    expect(members).toHaveLength(size - 1);
  }
  // Only rows of the metadata are shown.
  const own = new Set([
    ...data.pairs.flatMap(({ id, maxId, maxIsEarlier }) => (maxIsEarlier ? [id] : [id, maxId])),
    ...data.groups.flatMap(({ keptId, keptIsEarlier, members }) => [
      ...(keptIsEarlier ? [] : [keptId]),
      ...members.map(({ id }) => id),
    ]),
  ]);
  for (const id of own) expect(data.shown[id]).toEqual([{ column: 'name', text: `new ${id}` }]);
});
