import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { numberOrNull } from '../../src/session/variables.ts';
import { sqlScript } from '../../src/sqlScripts.ts';
import { runHere } from '../cli/runHere.ts';
import { clipFiles, metadata, openSession, query, rows, script, temporaryFolder } from './clips.ts';

/** Options that set SQL variables. */
const set = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables).flatMap(([name, value]) => ['-set', `${name}=${value}`]);

const file = (name: string): string[] => ['-f', script(name)];

const VARIABLES = { input: clipFiles, clusters: '20', rank_by: 'bytes DESC', eps: '0.005', metadata };

/** Number of rows that only one of two results has. */
async function difference(a: string, b: string): Promise<bigint> {
  const [row] = await query(
    `SELECT (SELECT count(*) FROM (FROM ${a} EXCEPT FROM ${b})) + (SELECT count(*) FROM (FROM ${b} EXCEPT FROM ${a})) AS n`,
  );
  return row.n as bigint;
}

test('the steps run one by one, and give what the fused step gives', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'stepwise'));
  mkdirSync(join(folder, 'fused'));
  // One session per step. Steps share only the database file, the output folder and the views of step 1.
  const load = ['1_load', '1_join_metadata'].flatMap(file);
  const steps = [
    '2_kmeans',
    '3_pairwise',
    '3_write',
    '4_choose_eps',
    'explore_eps',
    '5_identify',
    '6_export',
  ];
  for (const [i, name] of steps.entries()) {
    const variables = set({ ...VARIABLES, output: 'stepwise', relation: 'embeddings_with_metadata' });
    const before = i < 2 ? load : [];
    const { code, stderr } = await runHere(
      ['steps.duckdb', ...variables, ...before, ...file(name)],
      '',
      folder,
    );
    expect({ code, stderr }, name).toEqual({ code: 0, stderr: '' });
  }
  const fused = ['1_load', '1_join_metadata', '2_3_kmeans_pairwise', '3_write', '5_identify', '6_export'];
  const { code, stderr, stdout } = await runHere(
    ['-csv', ...set({ ...VARIABLES, output: 'fused' }), ...fused.flatMap(file)],
    '',
    folder,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [duplicates] = await query(`SELECT count(*) AS n FROM '${folder}/fused/duplicates/*.parquet'`);
  expect(stdout).toBe(
    `duplicates,note\n${duplicates.n},written to duplicates/ and groups/\n` +
      `rows_in,rows_dropped,rows_kept,duplicates_not_in_metadata\n1371,${duplicates.n},${1371n - (duplicates.n as bigint)},0\n`,
  );
  for (const result of ['kmeans_results', 'pairwise_results', 'duplicates', 'deduplicated']) {
    const [a, b] = ['stepwise', 'fused'].map((run) => `'${join(folder, run, result)}/*.parquet'`);
    expect(await difference(a, b), result).toBe(0n);
  }
});

test('4_choose_eps, explore_eps and 5_identify read pairwise_results from the output folder', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out'));
  const variables = set({ ...VARIABLES, output: 'out', rank_by: 'id', eps: '0.002' });
  await runHere(
    [...variables, ...file('1_load'), ...file('2_3_kmeans_pairwise'), ...file('3_write')],
    '',
    folder,
  );
  const curve = await runHere(['-csv', ...variables, ...file('4_choose_eps')], '', folder);
  expect(curve.stdout).toMatch(/^eps,duplicates,share\n0\.0,0,0\.0\n/);
  const look = await runHere(['-csv', ...variables, ...file('explore_eps')], '', folder);
  expect(look).toMatchObject({ code: 0, stderr: '' });
  // Titles, and a histogram whose fullest bin of 26 does not hold nearly all rows.
  expect(look.stdout.match(/^(?:Quantiles|Rows|Candidates|The least|The most).*$/gm)).toHaveLength(6);
  const bins = [...look.stdout.matchAll(/^0\.9\d*,(?:0\.9\d*|1\.0),(\d+),/gm)].map(([, rows]) =>
    Number(rows),
  );
  expect(bins).toHaveLength(25);
  expect(Math.max(...bins)).toBeLessThan(400);
  const boxes = await runHere([...variables, ...file('explore_eps')], '', folder);
  expect(Math.max(...boxes.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const identify = await runHere(['-csv', ...variables, ...file('5_identify')], '', folder);
  const found = /^0\.002,(\d+),/m.exec(curve.stdout)?.[1];
  const [unmeasured] = await query(
    `SELECT count(*) AS n FROM '${folder}/out/groups/*.parquet' WHERE kept_id != max_id`,
  );
  const notes = [
    'written to duplicates/ and groups/',
    `${unmeasured.n} rows lack kept_score: first run 1_load`,
  ];
  const stdout = ['duplicates,note', ...notes.map((note) => `${found},${note}`), ''].join('\n');
  expect(identify).toEqual({ code: 0, stdout, stderr: '' });
  expect(await query(`SELECT count(*) AS n FROM '${folder}/out/duplicates/*.parquet'`)).toEqual([
    { n: BigInt(found!) },
  ]);
});

test.each(['4_choose_eps', 'explore_eps', '5_identify'])(
  '%s names an output folder without a run',
  async (name) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out'));
    const { code, stderr } = await runHere(
      [...set({ output: 'out', eps: '0.01' }), ...file(name)],
      '',
      folder,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'Invalid Input Error: output out has no pairwise_results/: name the output folder of a finished run\n',
    });
  },
);

test('5_identify and 6_export replace an earlier result only when told to', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out/pairwise_results'), { recursive: true });
  await query(
    `COPY (FROM (VALUES ('a', 'a', 0::FLOAT), ('b', 'a', 0.99::FLOAT), ('c', 'b', 0.9::FLOAT)) AS t(id, max_id, cosine_sim_score))
     TO '${folder}/out/pairwise_results/a.parquet';
     COPY (SELECT unnest(['a', 'b', 'c']) AS id) TO '${folder}/meta.parquet'`,
  );
  const run = (eps: string, more: Readonly<Record<string, string>> = {}) =>
    runHere(
      [
        '-csv',
        ...set({ output: 'out', metadata: 'meta.parquet', eps, ...more }),
        ...file('5_identify'),
        ...file('6_export'),
      ],
      '',
      folder,
    );
  const kept = () => query(`FROM '${folder}/out/deduplicated/*.parquet' ORDER BY id`);
  expect((await run('0.02')).code).toBe(0);
  expect(await kept()).toEqual([{ id: 'a' }, { id: 'c' }]);
  expect(await run('0.2')).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'Invalid Input Error: 5_identify: out/duplicates is not empty; replace it with -set overwrite=true or SET VARIABLE overwrite = true\n',
  });
  expect(await kept()).toEqual([{ id: 'a' }, { id: 'c' }]);
  expect((await run('0.2', { overwrite: 'true' })).code).toBe(0);
  expect(await kept()).toEqual([{ id: 'a' }]);
});

test.each([
  ['1_load', 'input'],
  ['1_join_metadata', 'metadata'],
  ['3_write', 'output'],
  ['3_write_embeddings', 'output'],
  ['4_choose_eps', 'output'],
  ['explore_eps', 'output'],
  ['5_identify', 'output'],
  ['6_export', 'output'],
  ['6_cosmos_curate', 'output'],
  ['1_load_by_position', 'input'],
  ['7_run_file', 'file_path'],
])('%s asks for the variable %s', async (name, variable) => {
  const { code, stderr } = await runHere(file(name));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Invalid Input Error: set the variable ${variable} first: -set ${variable}=… or SET VARIABLE ${variable} = …\n`,
  });
});

test('4_choose_eps, explore_eps and 5_identify take the table of the database before files', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out'));
  const pairs = `CREATE TABLE pairwise_results AS SELECT i AS id, 0 AS max_id, (i / 100)::FLOAT AS cosine_sim_score FROM range(100) AS t(i)`;
  const curve = await runHere(
    ['-csv', '-c', pairs, ...file('4_choose_eps'), ...file('explore_eps')],
    '',
    folder,
  );
  expect(curve).toMatchObject({ code: 0, stderr: '' });
  expect(curve.stdout).toContain('eps,duplicates,share\n0.0,0,0.0\n');
  const variables = set({ output: 'out', eps: '0.05' });
  const identify = await runHere(['-csv', ...variables, '-c', pairs, ...file('5_identify')], '', folder);
  const stdout = 'duplicates,note\n4,written to duplicates/ and groups/\n';
  expect(identify).toEqual({ code: 0, stdout, stderr: '' });
  const found = await query(`SELECT list(id) AS ids FROM '${folder}/out/duplicates/*.parquet'`);
  // 0.95 as a FLOAT is less than 1 - 0.05.
  expect(found).toEqual([{ ids: [96n, 97n, 98n, 99n] }]);
});

test('eps 1 keeps the row ranked first, in identify, explore_eps and the export', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out'));
  const tables = `
    CREATE TABLE pairwise_results AS
    FROM (VALUES ('a', 'a', 0::FLOAT), ('b', 'a', 0.25::FLOAT), ('c', 'c', 0::FLOAT)) AS t(id, max_id, cosine_sim_score)`;
  const variables = set({ output: 'out', eps: '1', metadata: 'pairwise_results' });
  const scripts = ['5_identify', '6_export', 'explore_eps'].flatMap((name) => file(name));
  const { code, stdout, stderr } = await runHere(
    ['-csv', ...variables, '-c', tables, ...scripts],
    '',
    folder,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('duplicates,note\n1,written to duplicates/ and groups/\n');
  expect(stdout).toContain('rows_in,rows_dropped,rows_kept,duplicates_not_in_metadata\n3,1,2,0\n');
  expect(stdout).toContain('score,row,id\n0.25,duplicate,b\n0.25,match,a\n');
  const kept = await query(`SELECT list(id ORDER BY id) AS ids FROM '${folder}/out/deduplicated/*.parquet'`);
  expect(kept).toEqual([{ ids: ['a', 'c'] }]);
});

test('a database and an output of different runs are not mixed', async () => {
  const folder = temporaryFolder();
  for (const name of ['pairwise_results', 'duplicates'])
    mkdirSync(join(folder, 'out', name), { recursive: true });
  await query(`
    COPY (SELECT 1 AS id, 1 AS max_id, 0.5::FLOAT AS cosine_sim_score) TO '${folder}/out/pairwise_results/a.parquet';
    COPY (SELECT 1 AS id) TO '${folder}/out/duplicates/a.parquet';
    COPY (SELECT unnest([1, 2]) AS id) TO '${folder}/meta.parquet'`);
  const variables = set({ output: 'out', eps: '0.5', metadata: 'meta.parquet', overwrite: 'true' });
  const run = (script: string, relation: string, value: string) =>
    runHere(
      ['-csv', ...variables, '-c', `CREATE TABLE ${relation} AS SELECT ${value}`, ...file(script)],
      '',
      folder,
    );
  const refused = (relation: string, files: string): unknown => ({
    code: 1,
    stdout: '',
    stderr: `Invalid Input Error: ${relation} of this database and the files in out/${files} come from different runs: use another database, or another output\n`,
  });
  const pairs = '1 AS id, 1 AS max_id, 0.6::FLOAT AS cosine_sim_score';
  for (const script of ['4_choose_eps', 'explore_eps', '5_identify']) {
    expect(await run(script, 'pairwise_results', pairs), script).toEqual(
      refused('pairwise_results', 'pairwise_results'),
    );
  }
  expect(await run('6_export', 'duplicate_ids', '2 AS id')).toEqual(refused('duplicate_ids', 'duplicates'));
  expect(await run('6_export', 'duplicate_ids', '1 AS id')).toMatchObject({ code: 0, stderr: '' });
});

test('an export that cannot be made leaves the one that is there', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out'));
  const identify = (eps: string) =>
    runHere(
      [
        ...set({ output: 'out', eps, overwrite: 'true' }),
        '-c',
        `CREATE TABLE pairwise_results AS SELECT 1 AS id, 2 AS max_id, 0.9::FLOAT AS cosine_sim_score`,
        '-csv',
        ...file('5_identify'),
      ],
      '',
      folder,
    );
  expect((await identify('0.5')).code).toBe(0);
  await query(`
    COPY (SELECT unnest([1, 2]) AS id) TO '${folder}/meta.parquet';
    COPY (SELECT 'x' AS id) TO '${folder}/text.parquet'`);
  const run = (metadata: string) =>
    runHere([...set({ output: 'out', metadata, overwrite: 'true' }), ...file('6_export')], '', folder);
  const kept = () => query(`FROM '${folder}/out/deduplicated/*.parquet'`);
  expect((await run('meta.parquet')).code).toBe(0);
  expect((await run('text.parquet')).stderr).toContain("Could not convert string 'x' to INT32");
  expect((await run('out/deduplicated/data_0.parquet')).stderr).toContain(
    'would be replaced by what is read from it',
  );
  expect(await kept()).toEqual([{ id: 2 }]);
  const stale = await identify('0.6');
  expect(stale.stdout).toContain(',deduplicated/ is of an earlier eps until 6_export runs\n');
});

test('scripts of one step follow each other in one database, and leave no view behind that needs a variable', async () => {
  const folder = temporaryFolder();
  const steps = ['1_load', '2_3_kmeans_pairwise', '2_kmeans', '3_pairwise', '2_3_kmeans_pairwise'];
  const variables = set({ input: clipFiles, clusters: '5' });
  expect(await runHere([...variables, 'clips.duckdb', ...steps.flatMap(file)], '', folder)).toMatchObject({
    code: 0,
    stderr: '',
  });
  const later = await runHere(
    [
      'clips.duckdb',
      '-c',
      "SELECT (SELECT count(*) FROM kmeans_results), view_name FROM duckdb_views() WHERE sql LIKE '%getvariable%' AND NOT internal",
    ],
    '',
    folder,
  );
  expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining('0 rows'), stderr: '' });
});

test.each(['NULL', '-0.1', '1.5', 'nan'])('5_identify refuses eps = %s and writes nothing', async (eps) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'out/pairwise_results'), { recursive: true });
  await query(
    `COPY (SELECT 1 AS id, 1 AS max_id, 0::FLOAT AS cosine_sim_score) TO '${folder}/out/pairwise_results/a.parquet'`,
  );
  const { code, stderr } = await runHere([...set({ output: 'out', eps }), ...file('5_identify')], '', folder);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Invalid Input Error: 5_identify: eps must be a number in [0, 1], got ${eps}\n`,
  });
  expect(readdirSync(join(folder, 'out'))).toEqual(['pairwise_results']);
  expect(existsSync(join(folder, 'out/duplicates'))).toBe(false);
});

test('columns of the input that k-means also has give way to those of k-means', async () => {
  const folder = temporaryFolder();
  for (const run of ['stepwise', 'fused', 'layout']) mkdirSync(join(folder, run));
  await query(
    `COPY (SELECT *, 7 AS centroid, 0.5::FLOAT AS cosine_dist_to_cent FROM '${clipFiles}') TO '${folder}/in.parquet'`,
  );
  const run = (output: string, ...names: string[]) =>
    runHere(
      [...set({ input: 'in.parquet', clusters: '20', output }), ...['1_load', ...names].flatMap(file)],
      '',
      folder,
    );
  const ran = [
    await run('stepwise', '2_kmeans', '3_pairwise', '3_write'),
    await run('fused', '2_3_kmeans_pairwise', '3_write'),
    await run('layout', '2_3_kmeans_pairwise', '3_write_embeddings'),
  ];
  expect(ran.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ran.map(() => ({ code: 0, stderr: '' })));
  for (const other of ['fused', 'layout']) {
    const [a, b] = ['stepwise', other].map((name) => `'${folder}/${name}/pairwise_results/*.parquet'`);
    expect(await difference(a, b), other).toBe(0n);
  }
  expect(readdirSync(join(folder, 'layout/kmeans_results'))).toContain('centroid=0');
});

test('groups have the matches of pairwise_results where scores are equal', async () => {
  const folder = temporaryFolder();
  const session = await openSession();
  await session.run(`
    CREATE TABLE pairwise_results AS
    SELECT id, max_id, score::FLOAT AS cosine_sim_score, id AS rank
    FROM (VALUES (1, 1, 0), (2, 1, 1), (3, 2, 1)) AS t(id, max_id, score);
    CREATE TABLE all_pairs AS
    SELECT id, other_id, 1::FLOAT AS cosine_sim_score, id AS rank, other_id AS other_rank, false AS is_copy
    FROM (VALUES (2, 1), (3, 1), (3, 2)) AS t(id, other_id);
    CREATE TABLE paired_by AS SELECT 0.1::DOUBLE AS eps;
    SET VARIABLE output = '${folder}';
    SET VARIABLE eps = 0.1;
    SET VARIABLE rule = 'covered';
    ${sqlScript('5_identify')}`);
  expect(await rows(session, 'SELECT id, kept_id, max_id, kept_score FROM groups')).toEqual([
    { id: 2, kept_id: 1, max_id: 1, kept_score: 1 },
    { id: 3, kept_id: 1, max_id: 2, kept_score: 1 },
  ]);
});

test('an eps of all digits drops the rows that it was computed for', async () => {
  const session = await openSession();
  await session.run(
    `CREATE TABLE pairs AS SELECT 1 AS id, '0.031364575028419495'::FLOAT AS cosine_sim_score`,
  );
  const [{ eps }] = await rows(session, 'SELECT least_eps(cosine_sim_score) AS eps FROM pairs');
  for (const text of [String(eps), numberOrNull(Number(eps))])
    expect(await rows(session, `FROM duplicates('pairs', ${text})`), text).toEqual([{ id: 1 }]);
});
