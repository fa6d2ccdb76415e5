import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { clipFiles, clips, columns, metadata, query, script, temporaryFolder } from './clips.ts';

const OPTIONS = ['--clusters', '20', '--overlap', '0.02', '--eps', '0.005', '--rank-by', 'bytes DESC'];

const set = (variables: Readonly<Record<string, string>>): string[] =>
  Object.entries(variables).flatMap(([name, value]) => ['-set', `${name}=${value}`]);

const file = (name: string): string[] => ['-f', script(name)];

async function dedup(folder: string, output: string, ...more: string[]): Promise<string> {
  const args = [
    'dedup',
    clips,
    '--output',
    output,
    ...OPTIONS,
    '--metadata',
    metadata,
    '--backend',
    'cpu',
    ...more,
  ];
  const { code, stdout, stderr } = await runCli(args, '', folder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** Number of rows that only one of two relations has. */
async function difference(a: string, b: string): Promise<unknown> {
  const [row] = await query(
    `SELECT (SELECT count(*) FROM (FROM ${a} EXCEPT ALL FROM ${b})) + (SELECT count(*) FROM (FROM ${b} EXCEPT ALL FROM ${a})) AS n`,
  );
  return row.n;
}

test(
  'dedup writes groups: each duplicate with the row kept for it, by each rule',
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const at = (output: string, result: string): string => `'${join(folder, output, result)}/*.parquet'`;
    await dedup(folder, 'plain');
    for (const rule of ['chain', 'covered', 'components']) {
      const groups = at(rule, 'groups');
      expect(await dedup(folder, rule, '--rule', rule)).toContain(
        rule === 'chain' ? 'at eps 0.005\n' : `at eps 0.005, rule ${rule}\n`,
      );
      expect(await columns(groups)).toEqual({
        id: 'VARCHAR',
        kept_id: 'VARCHAR',
        max_id: 'VARCHAR',
        cosine_sim_score: 'FLOAT',
        group_size: 'BIGINT',
        kept_score: 'FLOAT',
      });
      // The rule does not change the other results.
      expect(await difference(at('plain', 'pairwise_results'), at(rule, 'pairwise_results'))).toBe(0n);
      expect(await query(`SELECT list(id) AS ids FROM ${groups}`)).toEqual(
        await query(`SELECT list(id ORDER BY id) AS ids FROM ${at(rule, 'duplicates')}`),
      );
      const [row] = await query(`
      WITH vectors AS (SELECT id, embedding::DOUBLE[] AS vector FROM '${clipFiles}')
      SELECT
        max(abs(kept_score - list_cosine_similarity(a.vector, b.vector))) < 2e-6 AS right,
        count(*) FILTER (kept_id IN (SELECT id FROM ${groups})) AS lost,
        count(*) FILTER (kept_score::DOUBLE < 1 - 0.005::DOUBLE) AS far,
        count(*) FILTER (group_size != (SELECT count(*) + 1 FROM ${groups} AS other WHERE other.kept_id = found.kept_id)) AS sizes
      FROM ${groups} AS found JOIN vectors AS a USING (id) JOIN vectors AS b ON b.id = kept_id`);
      expect(row).toMatchObject({ right: true, lost: 0n, sizes: 0n });
      expect(Number(row.far) > 0, rule).toBe(rule !== 'covered');
      // The same as from all pairs of these clusters, with this overlap.
      const ranked = `SELECT * FROM ''${clipFiles}'' JOIN ''${metadata}'' USING (id)`;
      const [other] = await query(`
      CREATE TABLE every AS FROM similar_pairs('${ranked}', 0.005, clusters := 20, overlap := 0.02, rank_by := 'bytes DESC', copies := false);
      CREATE TABLE wanted AS FROM duplicate_groups('every', 0.005, rule := '${rule}');
      SELECT count(*) AS n FROM (FROM wanted EXCEPT SELECT * EXCLUDE (kept_score) FROM ${groups})`);
      expect(other, rule).toEqual({ n: 0n });
    }
    expect(await difference(at('plain', 'groups'), at('chain', 'groups'))).toBe(0n);
  },
);

test(
  '5_identify finds groups of another eps: by chain from files, by the others from all pairs',
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const at = (output: string, result: string): string => `'${join(folder, output, result)}/*.parquet'`;
    await dedup(folder, 'wide', '--rule', 'covered');
    await dedup(folder, 'narrow', '--rule', 'covered', '--eps', '0.002');
    await dedup(folder, 'chained', '--eps', '0.002');
    const variables = { input: clipFiles, metadata, output: 'wide', eps: '0.002', overwrite: 'true' };
    const identify = (more: Readonly<Record<string, string>>, ...scripts: string[]) =>
      runCli(
        ['-csv', ...set({ ...variables, ...more }), ...[...scripts, '5_identify'].flatMap(file)],
        '',
        folder,
      );
    // From files alone, without the scores of rows that were not compared.
    const chain = await identify({});
    expect(chain).toMatchObject({ code: 0, stderr: '' });
    expect(chain.stdout).toMatch(/\d+ rows lack kept_score: first run 1_load\n/);
    const known = (output: string): string =>
      `(SELECT * REPLACE (if(kept_id = max_id, kept_score, NULL) AS kept_score) FROM ${at(output, 'groups')})`;
    expect(await difference(at('wide', 'groups'), known('chained'))).toBe(0n);
    // With the embeddings, these scores are measured.
    expect(await identify({}, '1_load')).toMatchObject({ code: 0, stderr: '' });
    const rounded = (output: string): string =>
      `(SELECT * REPLACE (round(kept_score, 5) AS kept_score) FROM ${at(output, 'groups')})`;
    expect(await difference(rounded('wide'), rounded('chained'))).toBe(0n);
    // The other rules need all pairs.
    expect(await identify({ rule: 'covered' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        '5_identify: rule covered needs all pairs within eps 0.002: run 1_load.sql and 3_all_pairs.sql before this script, or dedup with --rule covered --eps 0.002\n',
      ),
    });
    expect(await difference(rounded('wide'), rounded('chained'))).toBe(0n);
    const compared = { clusters: '20', overlap: '0.02', rank_by: 'bytes DESC', rule: 'covered' };
    const steps = ['1_load', '1_join_metadata', '3_all_pairs'];
    expect(await identify(compared, ...steps)).toMatchObject({ code: 0, stderr: '' });
    expect(await difference(at('wide', 'groups'), at('narrow', 'groups'))).toBe(0n);
    // Pairs within a smaller eps are not enough.
    const wider = await runCli(
      [
        '-csv',
        ...set({ ...variables, ...compared }),
        ...steps.flatMap(file),
        ...set({ eps: '0.003' }),
        ...file('5_identify'),
      ],
      '',
      folder,
    );
    expect(wider).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('needs all pairs within eps 0.003'),
    });
  },
);

test('a rule that is none, or without eps, is an error before anything is read', async () => {
  const run = (...args: string[]) => runCli(['dedup', clips, '--output', 'out', ...args]);
  expect(await run('--rule', 'covered')).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: option '--rule <rule>' needs '--eps <x>'\n`,
  });
  expect(await run('--rule', 'clique', '--eps', '0.1')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Allowed choices are chain, covered, components'),
  });
  expect(
    await runCli([
      ...set({ output: '.', eps: '0.1', rule: 'clique' }),
      '-c',
      'CREATE TABLE pairwise_results AS SELECT 1 AS id, 1 AS max_id, 0 AS cosine_sim_score',
      ...file('5_identify'),
    ]),
  ).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('rule must be one of chain, covered, components, got clique'),
  });
});
