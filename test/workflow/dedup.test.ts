import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { binary, runCli } from '../cli/runCli.ts';
import { CLIPS, clipFiles, clips, columns, metadata, query, temporaryFolder } from './clips.ts';

const count = async (relation: string): Promise<number> =>
  Number((await query(`SELECT count(*) AS n FROM ${relation}`))[0].n);

/** Files and folders of a folder, sorted; the folder is also the home, where drivers leave a `.cache`. */
const list = (...path: string[]): string[] =>
  readdirSync(join(...path))
    .filter((name) => name !== '.cache')
    .sort();

/** A command of the summary, run as a shell would: `nearduck` is this build. */
async function runPrinted(command: string, cwd: string): Promise<number | null> {
  const shell = spawn('sh', ['-c', `nearduck() { "$NODE" "$NEARDUCK" "$@"; }; ${command}`], {
    cwd,
    env: { ...process.env, HOME: cwd, NODE: process.execPath, NEARDUCK: binary },
  });
  const ended = new Promise<number | null>((resolve) => shell.on('close', resolve));
  await Promise.all([text(shell.stdout), text(shell.stderr)]);
  return ended;
}

const printed = (stdout: string, title: string): string =>
  new RegExp(`^${title}: +(nearduck .*)$`, 'm').exec(stdout)![1];

describe('the main job', () => {
  test.skipIf(process.platform !== 'linux')(
    'runs where addresses are limited (only Linux has ulimit -v)',
    async () => {
      const folder = temporaryFolder();
      const limited = `ulimit -v 20000000; nearduck dedup '${clips}' --output`;
      const options = '--clusters 20 --eps 0.005 --backend cpu --threads 1';
      expect(await runPrinted(`${limited} limited ${options}`, folder)).toBe(0);
      expect(await runPrinted(`nearduck dedup '${clips}' --output free ${options}`, folder)).toBe(0);
      const rows = (name: string): Promise<unknown> => query(`FROM '${folder}/${name}/duplicates/*.parquet'`);
      expect(await rows('limited')).toEqual(await rows('free'));
    },
  );

  test('writes what it says: layout, columns, sorted ids, metadata without exactly those rows', async () => {
    const folder = temporaryFolder();
    const args = [
      'dedup',
      clips,
      '--output',
      'out',
      '--clusters',
      '20',
      '--eps',
      '0.005',
      '--backend',
      'cpu',
      '--threads',
      '1',
    ];
    const ranked = ['--rank-by', 'bytes DESC', '--metadata', metadata];
    const { code, stdout, stderr } = await runCli([...args, ...ranked], '', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual([
      'deduplicated',
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
    const at = (name: string): string => `'${folder}/out/${name}/*.parquet'`;
    expect(await columns(at('kmeans_results'))).toEqual({
      id: 'VARCHAR',
      centroid: 'INTEGER',
      cosine_dist_to_cent: 'FLOAT',
      l2_dist_to_cent: 'FLOAT',
    });
    expect(await columns(at('pairwise_results'))).toEqual({
      id: 'VARCHAR',
      max_id: 'VARCHAR',
      cosine_sim_score: 'FLOAT',
      centroid: 'INTEGER',
      rank: 'BIGINT',
      checked_score: 'FLOAT',
    });
    expect(await columns(at('duplicates'))).toEqual({ id: 'VARCHAR' });
    expect(await columns(at('deduplicated'))).toEqual(await columns(`'${metadata}'`));

    const found = await count(at('duplicates'));
    expect(found).toBeGreaterThan(360);
    expect(found).toBeLessThan(390);
    expect(stdout).toMatch(/^rows +1,371, 0 invalid\nclusters +20, of /);
    expect(stdout).toContain(`\nduplicates  ${found} (`);
    expect(stdout).toMatch(/^backend +cpu \(ONNX Runtime .*, 1 thread\)$/m);
    expect(stdout).toContain(
      `\nexport      1,371 metadata rows in, ${found} dropped, ${CLIPS - found} kept; 0 duplicate ids not in the metadata\n`,
    );
    const [checks] = await query(`
      SELECT
        (SELECT list(id) = list_sort(list(id)) FROM ${at('duplicates')}) AS sorted,
        (SELECT count(*) FROM (
          (SELECT id FROM ${at('pairwise_results')} WHERE cosine_sim_score::DOUBLE >= 1::DOUBLE - 0.005::DOUBLE)
          EXCEPT FROM ${at('duplicates')})) AS missed,
        (SELECT count(*) FROM (
          (FROM '${metadata}' ANTI JOIN ${at('duplicates')} USING (id)) EXCEPT FROM ${at('deduplicated')})) AS lost,
        (SELECT count(*) FROM ${at('deduplicated')}) AS kept,
        (SELECT count(*) FROM ${at('deduplicated')} SEMI JOIN ${at('duplicates')} USING (id)) AS left_in,
        -- Never dropped: the first-ranked row of each cluster, the largest file.
        (SELECT count(*) FROM (
          SELECT arg_max(id, bytes) AS id FROM ${at('kmeans_results')} JOIN '${metadata}' USING (id) GROUP BY centroid
        ) SEMI JOIN ${at('duplicates')} USING (id)) AS first_ranked`);
    expect(checks).toEqual({
      sorted: true,
      missed: 0n,
      lost: 0n,
      kept: BigInt(CLIPS - found),
      left_in: 0n,
      first_ranked: 0n,
    });
  });

  test('stops after pairwise without --eps, and the commands it prints go on from there', async () => {
    const folder = temporaryFolder();
    const args = ['dedup', clips, '--output', 'out', '--clusters', '20', '--metadata', metadata];
    const { code, stdout } = await runCli(args, '', folder);
    expect(code).toBe(0);
    expect(list(folder, 'out')).toEqual(['kmeans_results', 'pairwise_results', 'run.json']);
    expect(stdout).toContain('No --eps given');
    expect(await runPrinted(printed(stdout, 'Look closer'), folder)).toBe(0);
    expect(await runPrinted(printed(stdout, 'Go on'), folder)).toBe(0);
    expect(list(folder, 'out')).toEqual([
      'deduplicated',
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
    const found = await count(`'${folder}/out/duplicates/*.parquet'`);
    const eps = /-set eps=([\d.]+) /.exec(stdout)![1];
    const said = new RegExp(`│ +${eps.replace('.', '\\.')} +│ +(\\d+) +│`).exec(stdout)?.[1];
    expect(String(found)).toBe(said);
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .filter((line) => /[│┌└]/.test(line))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(await count(`'${folder}/out/deduplicated/*.parquet'`)).toBe(CLIPS - found);
  });

  test('--with-embeddings writes centroid=<n>/ with embeddings and metadata', async () => {
    const folder = temporaryFolder();
    const args = ['--output', 'out', '--clusters', '5', '--with-embeddings', '--metadata', metadata];
    expect((await runCli(['dedup', clips, ...args], '', folder)).code).toBe(0);
    const folders = list(folder, 'out/kmeans_results');
    expect(folders).toEqual(['centroid=0', 'centroid=1', 'centroid=2', 'centroid=3', 'centroid=4']);
    const files = `read_parquet('${folder}/out/kmeans_results/*/*.parquet', hive_partitioning = true)`;
    expect(await columns(files)).toEqual({
      id: 'VARCHAR',
      embedding: 'FLOAT[]',
      ...Object.fromEntries(Object.entries(await columns(`'${metadata}'`)).filter(([name]) => name !== 'id')),
      cosine_dist_to_cent: 'FLOAT',
      l2_dist_to_cent: 'FLOAT',
      centroid: 'BIGINT',
    });
    expect(
      await query(`SELECT count(*) AS n FROM ${files} AS a JOIN '${clipFiles}' AS b USING (id, embedding)`),
    ).toEqual([{ n: BigInt(CLIPS) }]);
  });

  test('--overwrite replaces a folder, and nothing else does', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out/deduplicated'), { recursive: true });
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.01'];
    expect(await runCli(args, '', folder)).toEqual({
      code: 1,
      stdout: '',
      stderr: `IO Error: output folder 'out' exists already; choose another one, or replace its results with --overwrite\n`,
    });
    expect(list(folder, 'out')).toEqual(['deduplicated']);
    expect((await runCli([...args, '--overwrite'], '', folder)).code).toBe(0);
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual([
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
  });

  test('an empty folder is taken as it is', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out'));
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.01'];
    expect((await runCli(args, '', folder)).code).toBe(0);
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual([
      'duplicates',
      'groups',
      'kmeans_results',
      'pairwise_results',
      'run.json',
    ]);
  });

  test('a summary that nobody reads is no failure', async () => {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, [binary, 'dedup', clips, '--output', 'out', '--clusters', '5'], {
      cwd: folder,
    });
    child.stdout.destroy();
    const ended = new Promise((resolve) => child.on('close', resolve));
    expect(await text(child.stderr)).toBe('');
    expect(await ended).toBe(0);
    expect(list(folder, 'out')).toEqual(['kmeans_results', 'pairwise_results', 'run.json']);
  });

  test('a run that fails leaves the folder --overwrite would have replaced', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out/duplicates'), { recursive: true });
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5000', '--overwrite'];
    expect((await runCli(args, '', folder)).code).toBe(1);
    expect(list(folder)).toEqual(['out']);
    expect(list(folder, 'out')).toEqual(['duplicates']);
  });

  test('--overwrite leaves alone what nearduck did not write, its own input above all', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'data'));
    await query(`COPY (SELECT 1 AS id, [1, 2]::FLOAT[] AS embedding) TO '${folder}/data/in.parquet'`);
    const cases: [input: string, output: string, message: string][] = [
      ['data', 'data', `output folder 'data' holds 'data', which this run reads`],
      ['data/*.parquet', 'data', `output folder 'data' holds 'data/*.parquet', which this run reads`],
      ['data/in.parquet', '.', `output folder '.' holds 'data/in.parquet', which this run reads`],
      [clips, 'data/in.parquet', 'is a file'],
    ];
    for (const [input, output, message] of cases) {
      const { code, stderr } = await runCli(['dedup', input, '--output', output, '--overwrite'], '', folder);
      expect(code, message).toBe(1);
      expect(stderr).toContain(message);
      expect(list(folder)).toEqual(['data']);
      expect(list(folder, 'data')).toEqual(['in.parquet']);
    }
  });

  test('zero duplicates write a valid empty file with the right type', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT unnest([3, 4])::UINTEGER AS id, unnest([[1, 0], [0, 1]])::FLOAT[] AS embedding) TO '${folder}/in.parquet'`,
    );
    const { code, stdout } = await runCli(
      ['dedup', 'in.parquet', '--output', 'out', '--eps', '0'],
      '',
      folder,
    );
    expect(code).toBe(0);
    expect(stdout).toContain('duplicates  0 (0.0 %) at eps 0\n');
    const file = `'${folder}/out/duplicates/*.parquet'`;
    expect([await columns(file), await count(file)]).toEqual([{ id: 'UINTEGER' }, 0]);
  });

  test('duplicates are compared as DOUBLE: a score of 0.9::FLOAT is none at eps 0.1', async () => {
    const folder = temporaryFolder();
    // 0.9::FLOAT is 0.89999998; the third row's score rounds to the FLOAT above it.
    await query(
      `COPY (FROM (VALUES (1, [1.0, 0.0]), (2, [0.9, sqrt(0.19)]), (3, [0.9000001, -sqrt(1 - 0.9000001 ** 2)])) AS t(id, embedding))
       TO '${folder}/in.parquet'`,
    );
    const args = ['dedup', 'in.parquet', '--output', 'out', '--eps', '0.1', '--rank-by', 'id'];
    expect((await runCli([...args, '--backend', 'cpu'], '', folder)).code).toBe(0);
    const scores = await query(
      `SELECT id, cosine_sim_score FROM '${folder}/out/pairwise_results/*.parquet' ORDER BY id`,
    );
    expect(scores[1].cosine_sim_score).toBe(Math.fround(0.9));
    expect(await query(`FROM '${folder}/out/duplicates/*.parquet'`)).toEqual([{ id: 3 }]);
  });
});

describe('input', () => {
  test('JSON Lines; ids are joined with metadata of another id type', async () => {
    const folder = temporaryFolder();
    await query(`COPY (FROM '${clipFiles}' ORDER BY id LIMIT 300) TO '${folder}/in.jsonl' (FORMAT json)`);
    const args = ['dedup', 'in.jsonl', '--output', 'out', '--clusters', '4', '--eps', '0.005'];
    const { code, stdout, stderr } = await runCli([...args, '--metadata', metadata], '', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^rows +300, 0 invalid\n/);
    const found = await count(`'${folder}/out/duplicates/*.parquet'`);
    expect(found).toBeGreaterThan(0);
    expect(await count(`'${folder}/out/deduplicated/*.parquet'`)).toBe(CLIPS - found);
  });

  test('a folder of JSON Lines, and a glob', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'in/deep'), { recursive: true });
    await query(`COPY (FROM '${clipFiles}' LIMIT 20) TO '${folder}/in/deep/a.jsonl' (FORMAT json)`);
    for (const input of ['in', 'in/*/*.jsonl']) {
      const { stdout } = await runCli(['dedup', input, '--output', 'out', '--overwrite'], '', folder);
      expect(stdout, input).toMatch(/^rows +20, 0 invalid\n/);
    }
  });

  test('a folder whose name looks like a glob', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'in [1]*'));
    await query(`COPY (FROM '${clipFiles}') TO '${folder}/in [1]*/a.parquet'`);
    const { code, stdout } = await runCli(['dedup', 'in [1]*', '--output', 'out'], '', folder);
    expect({ code, rows: stdout.split('\n')[0] }).toEqual({ code: 0, rows: 'rows        1,371, 0 invalid' });
  });

  test('odd names of columns, files and folders', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT 'decoy' AS id, id AS "clip id", embedding AS "the ""vec""", 'x' AS "it's" FROM '${clipFiles}')
       TO '${folder}/my clips.parquet';
       COPY (SELECT id AS "clip id", bytes AS "B y", 1 AS id FROM '${metadata}') TO '${folder}/my meta.parquet'`,
    );
    const args = ['dedup', 'my clips.parquet', '--output', `it's out`, '--clusters', '20', '--eps', '0.005'];
    const names = ['--id', 'clip id', '--embedding', 'the "vec"', '--metadata', 'my meta.parquet'];
    const ranked = ['--rank-by', '"B y" DESC', '--backend', 'cpu'];
    const { code, stderr } = await runCli([...args, ...names, ...ranked], '', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const out = `${folder}/it''s out`;
    expect(await columns(`'${out}/duplicates/*.parquet'`)).toEqual({ id: 'VARCHAR' });
    expect(await columns(`'${out}/deduplicated/*.parquet'`)).toEqual({
      'clip id': 'VARCHAR',
      'B y': 'BIGINT',
      id: 'INTEGER',
    });
    const found = await count(`'${out}/duplicates/*.parquet'`);
    expect(found).toBeGreaterThan(360);
    expect(await count(`'${out}/deduplicated/*.parquet'`)).toBe(CLIPS - found);
  });

  test('metadata as a SELECT', async () => {
    const folder = temporaryFolder();
    const select = `SELECT id, bytes FROM '${metadata}' WHERE bytes > 20000`;
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.005'];
    const { code, stdout } = await runCli([...args, '--metadata', select], '', folder);
    expect(code).toBe(0);
    const kept = await query(
      `SELECT min(bytes) > 20000 AS large FROM '${folder}/out/deduplicated/*.parquet'`,
    );
    expect(kept).toEqual([{ large: true }]);
    const [, unknown] = /kept; ([\d,]+) duplicate ids not in the metadata/.exec(stdout)!;
    expect(Number(unknown)).toBeGreaterThan(0);
  });

  test('metadata of other ids: a notice before anything is computed', async () => {
    const folder = temporaryFolder();
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.005'];
    const foreign = await runCli(
      [...args, '--metadata', `SELECT 'clip ' || range AS id FROM range(9)`],
      '',
      folder,
    );
    expect(foreign.code).toBe(0);
    expect(foreign.stderr).toMatch(
      /^dedup: none of the ids looked at .* is in both .*are they the same ids\?\n$/,
    );
    expect(foreign.stdout).toContain('9 metadata rows in, 0 dropped, 9 kept; ');
    const own = await runCli(
      [...args, '--overwrite', '--metadata', `SELECT upper(id) || '' AS x, id FROM '${metadata}'`],
      '',
      folder,
    );
    expect(own).toMatchObject({ code: 0, stderr: '' });
  });

  test('--on-invalid skip leaves rows out and says how many', async () => {
    const folder = temporaryFolder();
    await query(`
      COPY (
        SELECT id, CASE id[1]
          WHEN '0' THEN NULL
          WHEN '1' THEN list_transform(embedding, lambda x: 0::FLOAT)
          WHEN '2' THEN embedding[1:5]
          WHEN '3' THEN list_transform(embedding, lambda x: 'nan'::FLOAT)
          ELSE embedding END AS embedding
        FROM '${clipFiles}'
      ) TO '${folder}/in.parquet'`);
    const bad = await count(`'${metadata}' WHERE id[1] IN ('0', '1', '2', '3')`);
    const args = ['dedup', 'in.parquet', '--output', 'out', '--clusters', '5', '--eps', '0.005'];
    const stopped = await runCli(args, '', folder);
    expect(stopped).toMatchObject({ code: 1, stdout: '' });
    expect(stopped.stderr).toContain(`${bad} of 1371 embeddings are invalid (`);
    expect(list(folder)).toEqual(['in.parquet']);
    const { code, stdout, stderr } = await runCli([...args, '--on-invalid', 'skip'], '', folder);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      new RegExp(`^kmeans_pairwise: left out ${bad} of 1371 rows: .*NULL embedding.*zero norm`),
    );
    expect(stdout).toContain(`1,371, ${bad} invalid\n`);
    expect(await count(`'${folder}/out/kmeans_results/*.parquet'`)).toBe(CLIPS - bad);
  });
});

describe('bad input ends with code 1 and its message, and leaves nothing', () => {
  const made: Readonly<Record<string, string>> = {
    'empty.parquet': `FROM '${clipFiles}' LIMIT 0`,
    'twice.parquet': `FROM '${clipFiles}' UNION ALL (FROM '${clipFiles}' ORDER BY id LIMIT 1)`,
    'null id.parquet': `SELECT NULL::VARCHAR AS id, [1, 2]::FLOAT[] AS embedding`,
    'text.parquet': `SELECT 1 AS id, 'a' AS embedding`,
    'numbered.parquet': `SELECT i AS id, [1, i]::FLOAT[] AS embedding FROM range(10) AS t(i)`,
    'sized.parquet': `SELECT id, embedding, 1 AS "By tes", 2 AS abs FROM '${clipFiles}'`,
    'nameless.parquet': `SELECT 1 AS clip_id, 2 AS bytes`,
    'formats/a.parquet': `FROM '${clipFiles}' LIMIT 1`,
    'mixed.parquet': `SELECT unnest([1, 2]) AS id, unnest([[1, 2], [1]])::FLOAT[] AS embedding`,
  };
  const cases: [args: string[], message: string][] = [
    [[], `missing required argument 'input'`],
    [['nope'], `no such file or folder: 'nope'`],
    [['nope/*.parquet'], "no files found that match the pattern 'nope/*.parquet'"],
    [['bare'], `no .parquet, .jsonl, .arrow or .npy files in folder 'bare'`],
    [['notes.txt'], `no such file or folder: 'notes.txt'`],
    [['empty.parquet'], 'k must be between 1 and the number of rows (0)'],
    [['twice.parquet'], 'must be unique'],
    [['mixed.parquet', '--clusters', '1.5'], 'must be an integer of at least 1'],
    [
      ['formats'],
      `holds files of several formats: 1 Parquet file ('formats/a.parquet'), 1 JSON file ('formats/b.jsonl'); choose with 'formats/**/*.parquet' or 'formats/**/*.jsonl'`,
    ],
    [
      [clips, '--metadata', 'nameless.parquet'],
      `dedup: metadata 'nameless.parquet' has no column "id"; its columns are "clip_id", "bytes"; --metadata takes a SELECT too`,
    ],
    [
      ['numbered.parquet', '--metadata', metadata],
      `dedup: ids of input 'numbered.parquet' are BIGINT, those of metadata '${metadata}' are VARCHAR, and `,
    ],
    [
      [
        'sized.parquet',
        '--metadata',
        `SELECT *, 2 AS "By tes" FROM '${metadata}'`,
        '--rank-by',
        '"by tes" DESC, bytes',
      ],
      `dedup: --rank-by names "by tes", a column of both the input and metadata`,
    ],
    // A function of the name of such a column is none.
    [
      ['sized.parquet', '--metadata', `SELECT *, 2 AS abs FROM '${metadata}'`, '--rank-by', 'abs (nope)'],
      `Referenced column "nope" not found`,
    ],
    [
      [clips, '--metadata', ' '],
      `option '--metadata <relation>' argument ' ' is invalid. must not be empty.`,
    ],
    [
      [clips, '--metadata', `SELECT * FROM './same/deduplicated/a.parquet'`, '--output', 'same'],
      "dedup: metadata reads from output folder 'same'; choose another one",
    ],
    [[clips, '--metadata', 'bare'], "dedup: metadata 'bare' is a folder; name its files: 'bare/*.parquet'"],
    [
      [clips, '--metadata', `FROM '${metadata}' UNION ALL FROM '${metadata}'`, '--rank-by', 'bytes'],
      'more than once; with --rank-by, --protect, --group-by and --with-embeddings each id must have one row',
    ],
    [
      ['**/*.parquet'],
      `lies inside '**/*.parquet', whose folders are all read; choose another one with --output`,
    ],
    [['null id.parquet'], 'NULL'],
    [['text.parquet'], 'must be a list or array of numbers, got VARCHAR'],
    [['mixed.parquet'], 'leave them out with --on-invalid skip'],
    [['mixed.parquet'], '1 with wrong length'],
    [[clips, 'another'], `no such file or folder: 'another'`],
    [[clips, '--clusters', '5000'], 'k must be between 1 and the number of rows (1371), got 5000'],
    [[clips, '--clusters', '0'], 'must be an integer of at least 1'],
    [[clips, '--clusters', '2.5'], 'must be an integer of at least 1'],
    [[clips, '--eps', '1.5'], 'eps must be a number in [0, 1]'],
    [[clips, '--eps', '-0.1'], 'eps must be a number in [0, 1]'],
    [[clips, '--eps', 'small'], 'eps must be a number in [0, 1]'],
    [[clips, '--recall', '1.1'], 'recall must be a number in [0, 1]'],
    [[clips, '--recall', ''], 'recall must be a number in [0, 1]'],
    [[clips, '--recall', '0.9', '--overlap', '0.1'], "cannot be used with option '--overlap <distance>'"],
    [[clips, '--recall', '0.9', '--memberships', '3'], "cannot be used with option '--memberships <m>'"],
    [[clips, '--overlap', '-1'], 'must be a number of at least 0'],
    [[clips, '--overlap', 'wide'], 'must be a number of at least 0'],
    [[clips, '--overlap', '0.1', '--memberships', '1.5'], 'must be an integer of at least 0'],
    [[clips, '--memberships', '3'], "option '--memberships <m>' needs '--overlap <distance>'"],
    [[clips, '--keep', 'worst'], 'Allowed choices are hard, easy, random'],
    [[clips, '--rank-by', 'bytes DESC'], 'Referenced column "bytes" not found'],
    [[clips, '--rank-by', 'id, ,'], 'rank_by'],
    [
      [clips, '--id', 'clip'],
      'no column "clip"; its columns are "id", "embedding"; name another one with --id',
    ],
    [[clips, '--embedding', 'vector'], 'no column "vector"'],
    [[clips, '--embedding', 'id'], '--id and --embedding are the same column'],
    [[clips, '--metadata', 'nope.parquet'], `no such metadata file: 'nope.parquet'`],
    [[clips, '--metadata', metadata, '--rank-by', 'nope'], 'Referenced column "nope" not found'],
    [[clips, '--backend', 'cuda'], 'Allowed choices are auto, cpu, webgpu'],
    [[clips, '--seed', 'x'], 'must be an integer of at least 0'],
    [[clips, '--memory-limit', 'lots'], `got 'lots'`],
    [[clips, '--threads', '0'], 'must be an integer from 1 to 4096'],
    [[clips, '--on-invalid', 'drop'], 'Allowed choices are error, skip'],
    [[clips, '--layout', 'cosmos-curate'], "option '--layout <name>' needs '--eps <x>'"],
    [[clips, '--eps', '0', '--layout', 'other'], 'Allowed choices are cosmos-curate'],
    [[clips, '--nope'], `unknown option '--nope'`],
  ];

  test('every kind of it', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'bare'));
    mkdirSync(join(folder, 'formats'));
    writeFileSync(join(folder, 'formats/b.jsonl'), '');
    for (const [name, sql] of Object.entries(made)) await query(`COPY (${sql}) TO '${folder}/${name}'`);
    const before = list(folder);
    const check = async ([args, message]: (typeof cases)[number], at: number): Promise<void> => {
      const output = ['--output', `new ${at}/out`];
      const { code, stdout, stderr } = await runCli(['dedup', ...output, ...args], '', folder);
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
      expect(stderr, args.join(' ')).toContain(message);
    };
    for (let i = 0; i < cases.length; i += 2) await Promise.all(cases.slice(i, i + 2).map(check));
    expect(list(folder)).toEqual(before);
  });
});

describe('Ctrl-C', () => {
  const start = (args: readonly string[], cwd: string) => {
    const child = spawn(process.execPath, [binary, 'dedup', ...args], {
      cwd,
      env: { ...process.env, HOME: cwd },
    });
    // A run that was not interrupted would go on for hours.
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };

  async function until(child: ReturnType<typeof start>, condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (child.exitCode !== null) throw new Error(`ended early: ${await text(child.stderr)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The folder of a run under way in `out`; undefined before there is one. */
  const workspace = (folder: string): string | undefined => {
    const path = join(folder, 'out/.nearduck');
    const name = existsSync(path) ? readdirSync(path).find((entry) => entry !== 'lock') : undefined;
    return name && join(path, name);
  };

  async function interrupted(child: ReturnType<typeof start>, remains: RegExp): Promise<void> {
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const at = performance.now();
    child.kill('SIGINT');
    const [stdout, stderr] = await output;
    expect([await closed, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(remains);
    expect(performance.now() - at).toBeLessThan(5000);
  }

  test('while DuckDB runs, leaves nothing but the finished steps', async () => {
    const folder = temporaryFolder();
    // An export that would go on for hours.
    const endless = `SELECT id FROM '${metadata}' UNION ALL SELECT range::VARCHAR FROM range(1000000000000)`;
    const args = [clips, '--output', 'out', '--clusters', '5', '--eps', '0.005', '--metadata', endless];
    const child = start(args, folder);
    await until(child, () => existsSync(join(workspace(folder) ?? 'none', 'new/.nearduck')));
    await interrupted(
      child,
      /^INTERRUPT Error: Interrupted!\nFinished steps are kept in '.*out': .* --resume/,
    );
    expect(list(folder, 'out')).toEqual(['.nearduck']);
    expect(list(folder, 'out/.nearduck')).toEqual(['steps']);
  });

  test('while clusters are computed, leaves nothing but what was there', async () => {
    const folder = temporaryFolder();
    await query(
      `COPY (SELECT i AS id, list_transform(range(64), lambda j: hash(i * 64 + j) / 1.8e19 - 0.5)::FLOAT[] AS embedding
             FROM range(60000) AS t(i)) TO '${folder}/in.parquet'`,
    );
    mkdirSync(join(folder, 'out'));
    const child = start(['in.parquet', '--output', 'out', '--clusters', '4000', '--overwrite'], folder);
    await until(child, () => workspace(folder) !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await interrupted(child, /^INTERRUPT Error: Interrupted! Nothing was written\.\n$/);
    expect(list(folder)).toEqual(['in.parquet', 'out']);
    expect(list(folder, 'out')).toEqual([]);
  });
});
