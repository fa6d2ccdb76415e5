import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { runHere } from '../cli/runHere.ts';
import { openSession, query, script, temporaryFolder } from './clips.ts';

/** Two rows, of ids `first` and `first + 1`, as SELECT text. */
const twoRows = (first: number): string =>
  `SELECT i AS id, [1, i]::FLOAT[] AS embedding FROM range(${first}, ${first + 2}) AS t(i)`;

/** Writes two rows in the format of the name's extension. */
async function write(path: string, first: number): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  if (/\.(?:arrow|feather)$/.test(path)) {
    await writeArrow((await openSession()).connection, twoRows(first), path);
    return;
  }
  const format = /\.parquet$/i.test(path) ? 'parquet' : 'json';
  const plain = path.replace(/\.(?:gz|zst)$/, '');
  await query(`COPY (${twoRows(first)}) TO '${plain.replaceAll("'", "''")}' (FORMAT ${format})`);
  if (path.endsWith('.gz')) writeFileSync(path, zlib.gzipSync(readFileSync(plain)));
}

/** A folder of files with two rows each, all different. */
async function folderOf(...names: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  for (const [i, name] of names.entries()) await write(join(folder, name), 10 * i);
  return folder;
}

const args = (input: string): string[] => [
  'dedup',
  input,
  '--output',
  'out',
  '--clusters',
  '1',
  '--backend',
  'cpu',
];

/** The number of rows read of an input, and the notices about it. */
async function read(
  input: string,
  cwd: string,
  ...more: readonly string[]
): Promise<{ rows: number; stderr: string }> {
  const { code, stdout, stderr } = await runHere([...args(input), '--overwrite', ...more], '', cwd);
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  const rows = /^rows +([\d,]+), 0 invalid\n/.exec(stdout)?.[1];
  return { rows: Number(rows?.replaceAll(',', '')), stderr };
}

async function refused(input: string, cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runHere([...args(input), '--overwrite'], '', cwd);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  return stderr;
}

test.each([
  ['Parquet', ['in/a.parquet', 'in/B.PARQUET', 'in/x/y/c.parquet']],
  ['JSON', ['in/a.jsonl', 'in/b.ndjson', 'in/C.JSONL', 'in/d.json']],
  ['Arrow', ['in/a.arrow', 'in/b.feather', 'in/x/c.arrow']],
])('all files of a folder are read: %s', async (_, names) => {
  const folder = await folderOf(...names);
  expect(await read('in', folder)).toEqual({ rows: 2 * names.length, stderr: '' });
});

test('JSON arrays, JSON Lines and compressed files are one format', async () => {
  const folder = await folderOf('in/a.jsonl', 'one/b.jsonl', 'two/c.ndjson');
  writeFileSync(join(folder, 'in/b.jsonl.gz'), zlib.gzipSync(readFileSync(join(folder, 'one/b.jsonl'))));
  writeFileSync(
    join(folder, 'in/d.json'),
    '[\n{"id": 50, "embedding": [1, 2.5]},\n{"id": 51, "embedding": [1, 3]}]',
  );
  let rows = 6;
  // New in Node 22.15.
  const zstd = (zlib as unknown as { zstdCompressSync?: (data: Buffer) => Buffer }).zstdCompressSync;
  if (zstd) {
    writeFileSync(join(folder, 'in/c.ndjson.zst'), zstd(readFileSync(join(folder, 'two/c.ndjson'))));
    rows += 2;
  }
  expect(await read('in', folder)).toEqual({ rows, stderr: '' });
});

test('embeddings in JSON that begin with whole numbers are not rounded', async () => {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 20_600 }, (_, i) => `{"id": ${i}, "embedding": [1, ${i}]}\n`);
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in/a.jsonl'), rows.join(''));
  // As whole numbers these two would be equal.
  writeFileSync(
    join(folder, 'in/b.jsonl'),
    '{"id": 20600, "embedding": [-1, 0.5]}\n{"id": 20601, "embedding": [-1, 0.25]}\n',
  );
  expect((await read('in', folder, '--clusters', '40')).rows).toBe(20_602);
  const scores = await query(
    `SELECT max(cosine_sim_score) < 0.99 AS rounded FROM '${folder}/out/pairwise_results/*.parquet' WHERE id >= 20600`,
  );
  expect(scores).toEqual([{ rounded: true }]);
});

test('files in a linked folder, and one that is itself a link', async () => {
  const folder = await folderOf('in/a.parquet', 'elsewhere/b.parquet', 'single/c.parquet');
  symlinkSync('../elsewhere', join(folder, 'in/linked'));
  symlinkSync('../single/c.parquet', join(folder, 'in/c.parquet'));
  expect(await read('in', folder)).toEqual({ rows: 6, stderr: '' });
});

test('links in a loop are entered once, and the notice says so', async () => {
  const folder = await folderOf('in/a.parquet');
  symlinkSync('.', join(folder, 'in/one'));
  symlinkSync('.', join(folder, 'in/two'));
  expect(await read('in', folder)).toEqual({
    rows: 2,
    stderr: `dedup: reads 1 file of 'in' and leaves out 2 that are read by another path ('in/one' as 'in', 'in/two' as 'in')\n`,
  });
});

test('what is left out is named', async () => {
  const folder = await folderOf('in/a.parquet', 'in/_temporary/b.parquet');
  for (const name of ['_SUCCESS', '.a.parquet.crc', 'notes.txt']) writeFileSync(join(folder, 'in', name), '');
  expect(await read('in', folder)).toEqual({
    rows: 2,
    stderr:
      `dedup: reads 1 file of 'in' and leaves out 3 whose names begin with . or _ ('in/.a.parquet.crc', 'in/_SUCCESS', 'in/_temporary'), ` +
      `1 of another format ('in/notes.txt')\n`,
  });
});

test('a folder of several formats is refused, with counts, examples and the globs to choose', async () => {
  const folder = await folderOf('in/a.parquet', 'in/b.parquet', 'in/c.ndjson', 'in/x/d.feather');
  expect(await refused('in', folder)).toBe(
    `IO Error: dedup: folder 'in' holds files of several formats: 2 Parquet files (such as 'in/a.parquet'), ` +
      `1 JSON file ('in/c.ndjson'), 1 Arrow file ('in/x/d.feather'); ` +
      `choose with 'in/**/*.parquet' or 'in/**/*.ndjson' or 'in/**/*.feather'\n`,
  );
  expect((await read('in/**/*.ndjson', folder)).rows).toBe(2);
  expect(await refused('in/*', folder)).toContain(
    `'in/*' matches files of several formats: 2 Parquet files (such as 'in/a.parquet'), 1 JSON file ('in/c.ndjson')`,
  );
});

test('a glob reads what DuckDB matches, hidden files too, and refuses what has no known format', async () => {
  const folder = await folderOf('in/a.parquet', 'in/_b.parquet', 'in/C.PARQUET');
  expect(await read('in/*.parquet', folder)).toEqual({ rows: 4, stderr: '' });
  writeFileSync(join(folder, 'in/_SUCCESS'), '');
  expect(await refused('in/*', folder)).toContain(`cannot tell the format of 'in/_SUCCESS'`);
});

test('a broken link with the name of a data file is an error', async () => {
  const folder = await folderOf('in/a.parquet');
  symlinkSync('gone', join(folder, 'in/b.parquet'));
  expect(await refused('in', folder)).toBe(
    `IO Error: dedup: 'in/b.parquet' is a broken link; remove or repair it\n`,
  );
});

test('a pipe is refused: nothing could interrupt the wait for a writer', async () => {
  const folder = await folderOf('in/b.parquet');
  execFileSync('mkfifo', ['a.parquet', 'a.npy', 'a.arrow'], { cwd: folder });
  for (const name of ['a.parquet', 'a.npy', 'a.arrow'])
    expect(await refused(name, folder)).toBe(
      `IO Error: dedup: '${name}' is not a regular file; copy its content to a file first\n`,
    );
  for (const [reader, name] of [
    ['read_npy', 'a.npy'],
    ['read_arrow', 'a.arrow'],
  ])
    await expect(query(`FROM ${reader}('${folder}/${name}')`)).rejects.toThrow(
      `${reader}: '${folder}/${name}' is not a regular file`,
    );
});

test.each(['run[1]', 'all*', 'what?', '~home', `it's`])(
  'a name is a name, not a pattern: %s',
  async (name) => {
    const sibling = name.replace('[1]', '1').replace(/[*?]/, 'x');
    const folder = await folderOf(`${name}/a.parquet`, `${name}.parquet`, `deep/${name}.parquet`);
    if (sibling !== name) {
      await write(join(folder, sibling, 'a.parquet'), 100);
      await write(join(folder, `${sibling}.parquet`), 100);
      await write(join(folder, `deep2/${sibling}.parquet`), 100);
    }
    for (const input of [name, `${name}.parquet`, 'deep']) {
      expect(await read(input, folder), input).toEqual({ rows: 2, stderr: '' });
      const [{ largest }] = await query(
        `SELECT max(id) AS largest FROM '${folder}/out/kmeans_results/*.parquet'`,
      );
      expect(largest, input).toBeLessThan(100n);
    }
  },
);

test('a name that no pattern can spell is refused', async () => {
  const folder = await folderOf('in/a.parquet');
  execFileSync('cp', [join(folder, 'in/a.parquet'), join(folder, 'in/b\\[1].parquet')]);
  expect(await refused('in', folder)).toContain(`has both a backslash and one of *?[ in its path; rename it`);
});

test('metadata is a name too, and a statement may end with a semicolon', async () => {
  const folder = await folderOf('in.parquet');
  for (const [name, ids] of [
    ['meta[1].parquet', '[0, 1]'],
    ['meta1.parquet', '[5]'],
    ['meta (1).parquet', '[0, 1, 2]'],
  ])
    await query(`COPY (SELECT unnest(${ids}) AS id) TO '${folder}/${name}'`);
  const kept = async (metadata: string): Promise<unknown> => {
    const options = ['--eps', '0', '--metadata', metadata, '--overwrite'];
    const result = await runHere([...args('in.parquet'), ...options], '', folder);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return (await query(`SELECT list(id ORDER BY id) AS ids FROM '${folder}/out/deduplicated/*.parquet'`))[0]
      .ids;
  };
  expect(await kept('meta[1].parquet')).toEqual([0, 1]);
  expect(await kept('meta (1).parquet')).toEqual([0, 1, 2]);
  expect(await kept(`SELECT id FROM 'meta1.parquet' UNION ALL SELECT 0;\n;`)).toEqual([0, 5]);
  expect(await kept(`SELECT 0 AS id -- one row`)).toEqual([0]);
});

test('the command that goes on reads metadata that is named like a pattern', async () => {
  const folder = await folderOf('in.parquet');
  await query(`COPY (SELECT 0 AS id) TO '${folder}/~meta[1].parquet'`);
  const { stdout } = await runHere([...args('in.parquet'), '--metadata', '~meta[1].parquet'], '', folder);
  expect(stdout).toContain(`-set 'metadata=FROM '\\''./~meta[[]1].parquet'\\'''`);
});

test('the commands that go on read an output that is named like a pattern', async () => {
  const folder = await folderOf('in.parquet');
  const sibling = 'run1/pairwise_results';
  mkdirSync(join(folder, sibling), { recursive: true });
  await query(
    `COPY (SELECT 'wrong' AS id, 'wrong' AS max_id, 1::FLOAT AS cosine_sim_score) TO '${folder}/${sibling}/data_0.parquet'`,
  );
  const dedup = ['dedup', 'in.parquet', '--output', 'run[1]', '--clusters', '1', '--backend', 'cpu'];
  expect((await runHere(dedup, '', folder)).code).toBe(0);
  const set = ['-set', 'output=run[1]', '-set', 'eps=1'];
  const curve = await runHere(['-csv', ...set, '-f', script('4_choose_eps')], '', folder);
  expect(curve.stdout).toContain('\n0.0,0,0.0\n');
  expect((await runHere([...set, '-f', script('5_identify')], '', folder)).code).toBe(0);
  const ids = await query(`SELECT typeof(id) AS type FROM '${folder}/run[[]1]/duplicates/*.parquet' LIMIT 1`);
  expect(ids).toEqual([{ type: 'BIGINT' }]);
  const again = await runHere([...set, '-f', script('5_identify')], '', folder);
  expect(again.stderr).toContain('run[1]/duplicates is not empty');
});

test('file URLs are the local paths they name', async () => {
  const folder = await folderOf('my in.parquet');
  const url = (name: string): string => pathToFileURL(join(folder, name)).href;
  await query(`COPY (SELECT 0 AS id) TO '${folder}/meta.parquet'`);
  const options = ['--output', url('my out'), '--eps', '0', '--metadata', url('meta.parquet')];
  const { code, stdout } = await runHere(['dedup', url('my in.parquet'), ...options], '', folder);
  expect({ code, line: stdout.split('\n')[0] }).toEqual({ code: 0, line: 'rows        2, 0 invalid' });
  expect(await query(`FROM '${folder}/my out/deduplicated/*.parquet'`)).toEqual([{ id: 0 }]);
});

test.each([
  [['in.parquet', '--output', ''], `option '--output <dir>' argument '' is invalid. must not be empty.`],
  [
    ['in.parquet', '--seed', ''],
    `option '--seed <n>' argument '' is invalid. must be an integer of at least 0.`,
  ],
  [['in.parquet', '--id', ' '], `option '--id <col>' argument ' ' is invalid. must not be empty.`],
  [
    ['file://host/in.parquet'],
    `'file://host/in.parquet' is invalid for argument 'input'. must be a path or a file URL`,
  ],
])('refused by the options: %j', async (given, message) => {
  const folder = await folderOf('in.parquet');
  const { code, stdout, stderr } = await runHere(['dedup', ...given], '', folder);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(message);
});

test('an output in a folder that a link of the input leads to is refused', async () => {
  const folder = await folderOf('in/a.parquet', 'elsewhere/b.parquet');
  symlinkSync('../elsewhere', join(folder, 'in/linked'));
  const run = (output: string) => runHere(['dedup', 'in', '--output', output], '', folder);
  for (const output of ['elsewhere/out', 'in/linked/out', 'in/out']) {
    const { code, stderr } = await run(output);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `IO Error: dedup: output folder '${output}' is inside 'in', which is read with all its folders; choose another one with --output\n`,
    });
  }
});

test.each([
  ['s3://bucket/in', 's3://bucket/in/out', `output folder 's3://bucket/in/out' is inside 's3://bucket/in'`],
  [
    's3://bucket/in/',
    's3a://bucket/in/out',
    `output folder 's3a://bucket/in/out' is inside 's3://bucket/in/'`,
  ],
  ['s3://bucket/in/**/*.parquet', 's3://bucket/in/out', `is inside 's3://bucket/in/**/*.parquet'`],
  ['s3://bucket/*/*/*.parquet', 's3://bucket/out', `is inside 's3://bucket/*/*/*.parquet'`],
  [
    's3://bucket/out/a.parquet',
    's3://bucket/out',
    `output folder 's3://bucket/out' contains 's3://bucket/out/a.parquet', which this run reads`,
  ],
])('input %s and output %s are refused, before anything is asked of S3', async (input, output, message) => {
  const { code, stderr } = await runHere(['dedup', input, '--output', output]);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

test('1_load takes a list of files', async () => {
  const folder = await folderOf('a.parquet', 'b.parquet', 'c.parquet');
  const statements = `SET VARIABLE input = ['a.parquet', 'c.parquet']; .read ${script('1_load')}
SELECT list(id ORDER BY id) AS ids FROM embeddings;`;
  const { stdout } = await runHere(['-csv', '-noheader'], statements.replace('; .read', ';\n.read'), folder);
  expect(stdout).toBe('"[0, 1, 20, 21]"\n');
});
