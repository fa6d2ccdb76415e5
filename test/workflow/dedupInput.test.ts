import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { CLIPS, clipFiles, clips, columns, count, list, metadata, query, temporaryFolder } from './clips.ts';

describe('input', () => {
  test('JSON Lines; ids are joined with metadata of another id type', async () => {
    const folder = temporaryFolder();
    await query(`COPY (FROM '${clipFiles}' ORDER BY id LIMIT 300) TO '${folder}/in.jsonl' (FORMAT json)`);
    const args = ['dedup', 'in.jsonl', '--output', 'out', '--clusters', '4', '--eps', '0.005'];
    const { code, stdout, stderr } = await runHere([...args, '--metadata', metadata], '', folder);
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
      const { stdout } = await runHere(['dedup', input, '--output', 'out', '--overwrite'], '', folder);
      expect(stdout, input).toMatch(/^rows +20, 0 invalid\n/);
    }
  });

  test('a folder whose name looks like a glob', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'in [1]*'));
    await query(`COPY (FROM '${clipFiles}') TO '${folder}/in [1]*/a.parquet'`);
    const { code, stdout } = await runHere(['dedup', 'in [1]*', '--output', 'out'], '', folder);
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
    const { code, stderr } = await runHere([...args, ...names, ...ranked], '', folder);
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
    const { code, stdout } = await runHere([...args, '--metadata', select], '', folder);
    expect(code).toBe(0);
    const kept = await query(
      `SELECT min(bytes) > 20000 AS large FROM '${folder}/out/deduplicated/*.parquet'`,
    );
    expect(kept).toEqual([{ large: true }]);
    const [, unknown] = /kept;\s+([\d,]+)\s+duplicate\s+ids\s+not\s+in\s+the\s+metadata/.exec(stdout)!;
    expect(Number(unknown)).toBeGreaterThan(0);
  });

  test('metadata of other ids: a notice before anything is computed', async () => {
    const folder = temporaryFolder();
    const args = ['dedup', clips, '--output', 'out', '--clusters', '5', '--eps', '0.005'];
    const foreign = await runHere(
      [...args, '--metadata', `SELECT 'clip ' || range AS id FROM range(9)`],
      '',
      folder,
    );
    expect(foreign.code).toBe(0);
    expect(foreign.stderr).toMatch(
      /^dedup: none of the compared ids .* is in both .*check that both use the same ids\n$/,
    );
    expect(foreign.stdout).toContain('9 metadata rows in, 0 dropped, 9 kept; ');
    const own = await runHere(
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
    const stopped = await runHere(args, '', folder);
    expect(stopped).toMatchObject({ code: 1, stdout: '' });
    expect(stopped.stderr).toContain(`${bad} of 1371 embeddings are invalid (`);
    expect(list(folder)).toEqual(['in.parquet']);
    const { code, stdout, stderr } = await runHere([...args, '--on-invalid', 'skip'], '', folder);
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
    [['empty.parquet'], '--clusters must be between 1 and the number of rows (0)'],
    [['twice.parquet'], 'must be unique'],
    [['mixed.parquet', '--clusters', '1.5'], 'must be an integer of at least 1'],
    [
      ['formats'],
      `holds files of several formats: 1 Parquet file ('formats/a.parquet'), 1 JSON file ('formats/b.jsonl'); choose with 'formats/**/*.parquet' or 'formats/**/*.jsonl'`,
    ],
    [
      [clips, '--metadata', 'nameless.parquet'],
      `dedup: metadata 'nameless.parquet' has no column "id"; its columns are "clip_id", "bytes"; --metadata also takes a SELECT`,
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
    // A function with the name of such a column is no column.
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
      `is inside '**/*.parquet', which is read with all its folders; choose another one with --output`,
    ],
    [['null id.parquet'], 'NULL'],
    [['text.parquet'], 'must be a list or array of numbers, got VARCHAR'],
    [['mixed.parquet'], 'leave them out with --on-invalid skip'],
    [['mixed.parquet'], '1 with wrong length'],
    [[clips, 'another'], `no such file or folder: 'another'`],
    [[clips, '--clusters', '5000'], '--clusters must be between 1 and the number of rows (1371), got 5000'],
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
    [[clips, '--rank-by', 'id, ,'], '--rank-by must be an ordering'],
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
    for (const [i, [args, message]] of cases.entries()) {
      const output = ['--output', `new ${i}/out`];
      const { code, stdout, stderr } = await runHere(['dedup', ...output, ...args], '', folder);
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
      expect(stderr, args.join(' ')).toContain(message);
    }
    expect(list(folder)).toEqual(before);
  });
});
