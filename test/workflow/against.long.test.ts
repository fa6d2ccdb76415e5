import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { clipFiles, columns, metadata, query, script, temporaryFolder, type Row } from './clips.ts';

/** A folder with the clips of two months, by hash of id, and a file of all clips with their month. */
async function months(): Promise<string> {
  const folder = temporaryFolder();
  await query(
    `CREATE TABLE clips AS SELECT *, 1 + hash(id) % 2 AS month FROM '${clipFiles}';
     COPY (FROM clips WHERE month = 1) TO '${folder}/month_1.parquet';
     COPY (FROM clips WHERE month = 2) TO '${folder}/month_2.parquet';
     COPY (FROM clips) TO '${folder}/all.parquet';
     SELECT 1`,
  );
  return folder;
}

async function dedup(folder: string, output: string, ...args: string[]): Promise<string> {
  const options = ['--output', output, '--eps', '0.005', '--backend', 'cpu', '--threads', '1'];
  const { code, stdout, stderr } = await runCli(['dedup', ...args, ...options], '', folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('Error') as unknown });
  return stdout;
}

/** Scores and duplicates of the rows of month 2. */
const found = (folder: string, output: string): Promise<Row[]> =>
  query(
    `SELECT p.id, max_id, cosine_sim_score, d.id IS NOT NULL AS dropped
     FROM '${folder}/${output}/pairwise_results/*.parquet' AS p
     LEFT JOIN '${folder}/${output}/duplicates/*.parquet' AS d USING (id)
     WHERE hash(p.id) % 2 = 1
     ORDER BY p.id`,
  );

test('month 1, then month 2 against it, gives what one run over both gives with month 1 ranked first', async () => {
  const folder = await months();
  const exact = ['--clusters', '1', '--rank-by'];
  await dedup(folder, 'whole', 'all.parquet', ...exact, 'month, id');
  await dedup(folder, 'one', 'month_1.parquet', ...exact, 'id');
  await dedup(folder, 'two', 'month_2.parquet', ...exact, 'id', '--against', 'month_1.parquet');
  const whole = await found(folder, 'whole');
  expect(whole.filter(({ dropped }) => dropped).length).toBeGreaterThan(100);
  expect(await found(folder, 'two')).toEqual(whole);
  const [{ n }] = await query(
    `SELECT count(*) AS n FROM '${folder}/whole/duplicates/*.parquet' AS w WHERE hash(id) % 2 = 0
     AND id NOT IN (FROM '${folder}/one/duplicates/*.parquet')`,
  );
  expect(n).toBe(0n);

  // Against the rows kept of month 1: like one run over these and month 2.
  await query(
    `COPY (
         FROM '${folder}/all.parquet'
         WHERE month = 2 OR id NOT IN (FROM '${folder}/one/duplicates/*.parquet')
     ) TO '${folder}/kept_and_2.parquet';
     SELECT 1`,
  );
  await dedup(folder, 'kept', 'kept_and_2.parquet', ...exact, 'month, id');
  const kept = `FROM 'month_1.parquet' ANTI JOIN 'one/duplicates/*.parquet' USING (id)`;
  await dedup(folder, 'three', 'month_2.parquet', ...exact, 'id', '--against', kept);
  expect(await found(folder, 'three')).toEqual(await found(folder, 'kept'));
});

test('clusters, overlap and recall go with --against, and the summary and run.json tell', async () => {
  const folder = await months();
  const stdout = await dedup(
    folder,
    'out',
    'month_2.parquet',
    '--against',
    'month_1.parquet',
    '--clusters',
    '12',
    '--recall',
    '0.99',
  );
  expect(stdout).toMatch(/^rows +\d+, 0 invalid\nagainst +\d+ earlier rows\nclusters +12,/);
  expect(stdout).toMatch(/^recall +\d\.\d{3} of all duplicates \(95 %: .*, from [\d,]+ rows$/m);
  expect(stdout).toMatch(/^duplicates +\d+ \(.* %\) at eps 0.005, \d+ of them of earlier rows$/m);
  const run = JSON.parse(readFileSync(join(folder, 'out', 'run.json'), 'utf8')) as Row;
  expect(run.against).toEqual([expect.objectContaining({ path: 'month_1.parquet' })]);
  expect(run.parameters).toMatchObject({ against: 'month_1.parquet' });
  const at = `'${folder}/out/pairwise_results/*.parquet'`;
  expect(Object.entries(await columns(at)).at(-1)).toEqual(['max_in_against', 'BOOLEAN']);
  // Brute force confirms the estimate.
  await dedup(
    folder,
    'exact',
    'month_2.parquet',
    '--against',
    'month_1.parquet',
    '--clusters',
    '1',
    '--rank-by',
    'id',
  );
  const dropped = async (name: string): Promise<bigint> =>
    (await query(`SELECT count(*) AS n FROM '${folder}/${name}/duplicates/*.parquet'`))[0].n as bigint;
  const [, low] = /recall +\S+ of all duplicates \(95 %: (\S+) to/.exec(stdout)!;
  expect(Number(await dropped('out')) / Number(await dropped('exact'))).toBeGreaterThanOrEqual(Number(low));
  expect(run.findings).toMatchObject({
    against: { rows: Number((await query(`SELECT count(*) AS n FROM '${folder}/month_1.parquet'`))[0].n) },
  });
});

test('--recall 1 misses nothing against earlier rows either', async () => {
  const folder = await months();
  const rank = ['--rank-by', 'id', '--against', 'month_1.parquet'];
  await dedup(folder, 'exact', 'month_2.parquet', ...rank, '--clusters', '1');
  const stdout = await dedup(
    folder,
    'complete',
    'month_2.parquet',
    ...rank,
    '--clusters',
    '7',
    '--recall',
    '1',
  );
  expect(stdout).toMatch(/^recall +(complete|exact):/m);
  const duplicates = async (name: string): Promise<Row[]> =>
    (await found(folder, name)).filter(({ dropped }) => dropped);
  expect(await duplicates('complete')).toEqual(await duplicates('exact'));
});

test('a statement has no files for run.json; a NumPy array goes against another one by row', async () => {
  const folder = await months();
  const statement = `FROM 'month_1.parquet'`;
  await dedup(folder, 'out', 'month_2.parquet', '--clusters', '1', '--against', statement);
  const run = JSON.parse(readFileSync(join(folder, 'out', 'run.json'), 'utf8')) as Row;
  expect(run.parameters).toMatchObject({ against: statement });
  expect(run).not.toHaveProperty('against');

  const npy = new URL('../npy/files/version_2.npy', import.meta.url).pathname;
  const stdout = await dedup(folder, 'npy', npy, '--on-invalid', 'skip', '--clusters', '1', '--against', npy);
  expect(stdout).toMatch(/^duplicates +(\d+) .*, \1 of them of earlier rows$/m);
});

test('--protect keeps rows, by columns of the input and of the metadata', async () => {
  const folder = await months();
  const stdout = await dedup(
    folder,
    'out',
    'all.parquet',
    '--metadata',
    metadata,
    '--protect',
    'month = 1 AND bytes > 10000',
  );
  expect(stdout).toContain('export');
  const [row] = await query(
    `SELECT count(*) AS protected, count(*) FILTER (d.id IS NOT NULL) AS dropped, count(*) FILTER (cosine_sim_score <> 0 OR max_id <> p.id) AS scored, max(rank) AS last
     FROM '${folder}/out/pairwise_results/*.parquet' AS p
     JOIN '${folder}/all.parquet' AS a USING (id)
     JOIN '${metadata}' AS m USING (id)
     LEFT JOIN '${folder}/out/duplicates/*.parquet' AS d USING (id)
     WHERE month = 1 AND bytes > 10000`,
  );
  expect(row.protected).toBeGreaterThan(100n);
  expect(row).toMatchObject({ dropped: 0n, scored: 0n, last: row.protected });
});

test('the scripts take protect, and earlier rows after 1_load_against', async () => {
  const folder = await months();
  mkdirSync(join(folder, 'out'));
  const set = (variables: Record<string, string>): string[] =>
    Object.entries(variables).flatMap(([name, value]) => ['-set', `${name}=${value}`]);
  const file = (name: string): string[] => ['-f', script(name)];
  const variables = set({
    input: join(folder, 'month_2.parquet'),
    against: join(folder, 'month_1.parquet'),
    clusters: '1',
    rank_by: 'id',
    protect: "id < 'c'",
    output: 'out',
    eps: '0.005',
  });
  const load = [...file('1_load'), ...file('1_load_against')];
  const fused = ['2_3_kmeans_pairwise', '5_recall', '3_write', '5_identify'].flatMap(file);
  const { code, stderr, stdout } = await runCli(['-csv', ...variables, ...load, ...fused], '', folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^0.005,\d+,1.0,1.0,1.0,\d+$/m);
  // Step by step, with the earlier rows in the clusters of the others.
  const stepwise = [
    ...file('2_kmeans'),
    '-c',
    `CREATE TABLE model AS FROM kmeans_centroids('embeddings', 1);
     CREATE OR REPLACE TEMP VIEW earlier_in_clusters AS FROM earlier JOIN kmeans_assign('earlier', 'model') USING (id);
     SET VARIABLE earlier = 'earlier_in_clusters'`,
    ...file('3_pairwise'),
    '-c',
    `SELECT count(*) FROM (FROM pairwise_results EXCEPT FROM '${folder}/out/pairwise_results/*.parquet')`,
  ];
  const steps = await runCli(['-csv', '-noheader', ...variables, ...load, ...stepwise], '', folder);
  expect(steps).toEqual({ code: 0, stderr: '', stdout: '0\n' });
});

test('what cannot be is refused, and nothing is written', async () => {
  const folder = await months();
  writeFileSync(join(folder, 'month_1.duckdb'), '');
  const cases = [
    [
      ['--against', 'month_1.duckdb'],
      `Binder Error: dedup: against 'month_1.duckdb' is a DuckDB database; --against takes files or a SELECT`,
    ],
    [['--against', 'nothing.parquet'], `IO Error: dedup: no such file or folder: 'nothing.parquet'`],
    [
      ['--against', `SELECT id AS clip, embedding FROM 'month_1.parquet'`],
      `Binder Error: dedup: against 'SELECT id AS clip, embedding FROM 'month_1.parquet'' has no column "id"; its columns are "clip", "embedding"; it needs the input's column names: --against also takes a SELECT, such as "SELECT … AS id, … FROM …"`,
    ],
    [
      ['--against', `SELECT * REPLACE ([1, 2] AS embedding) FROM 'month_1.parquet'`],
      `kmeans_pairwise: --against: no embedding has the length of those it is compared with`,
    ],
    [['--against', `FROM 'out/kept.parquet'`], `IO Error: dedup: against reads from output folder 'out'`],
    [
      ['--against', 'out/kept.parquet'],
      `IO Error: dedup: output folder 'out' contains 'out/kept.parquet', which this run reads; choose another one`,
    ],
    [
      ['--protect', 'month'],
      `Binder Error: kmeans_pairwise: --protect 'month': it must be a BOOLEAN, got UBIGINT`,
    ],
    [
      ['--protect', 'month = 1', '--metadata', 'all.parquet'],
      `Binder Error: dedup: --protect names "month", a column of both the input and metadata 'all.parquet'`,
    ],
  ] as const;
  for (const [args, message] of cases) {
    const options = ['--output', 'out', '--backend', 'cpu'];
    const { code, stderr } = await runCli(['dedup', 'month_2.parquet', ...args, ...options], '', folder);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  }
});
