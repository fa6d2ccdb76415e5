import fs, { mkdirSync, readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runHere } from '../cli/runHere.ts';
import { query, temporaryFolder } from './clips.ts';

const read = fs.readFileSync;

/** Lets files change while the command runs: `action` runs in its folder just before the workflow script `at`. */
function changeAt(at: string, action: () => void): void {
  fs.readFileSync = ((path, options) => {
    if (String(path).endsWith(`/sql/${at}.sql`)) action();
    return read(path, options);
  }) as typeof read;
  syncBuiltinESMExports();
  onTestFinished(() => {
    fs.readFileSync = read;
    syncBuiltinESMExports();
  });
}

/** A folder `in` of two files of two rows each, one more file beside it, and metadata. */
async function inputs(extension: string): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'in'));
  await query(`COPY (SELECT unnest(range(4)) AS id) TO '${folder}/meta.parquet'`);
  for (const [i, name] of ['in/a', 'in/b', 'c'].entries()) {
    await query(
      `COPY (SELECT i AS id, [1, i]::FLOAT[] AS embedding FROM range(${2 * i}, ${2 * i + 2}) AS t(i))
       TO '${folder}/${name}${extension}' (FORMAT ${extension === '.parquet' ? 'parquet' : 'json'})`,
    );
  }
  return folder;
}

async function dedup(folder: string, input = 'in'): Promise<unknown> {
  const options = ['--clusters', '1', '--eps', '0', '--metadata', 'meta.parquet', '--with-embeddings'];
  const result = await runHere(['dedup', input, '--output', 'out', ...options], '', folder);
  expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual(
    result.code === 0 ? ['out'] : [],
  );
  return result;
}

const error = (change: string): unknown => ({
  code: 1,
  stdout: '',
  stderr: expect.stringMatching(
    new RegExp(
      `^IO Error: dedup: files changed while they were read: ${change}; run it again when nothing writes to them\\n$`,
    ),
  ) as unknown,
});

const BEFORE_READING = '2_3_kmeans_pairwise';
const AFTER_READING = '3_write_embeddings';
const AT_THE_END = '6_export';

test.each([
  [
    'removed before it was read',
    BEFORE_READING,
    '.parquet',
    () => fs.unlinkSync('in/b.parquet'),
    `'in/b.parquet' was removed`,
  ],
  [
    'removed at the end',
    AT_THE_END,
    '.parquet',
    () => fs.unlinkSync('in/b.parquet'),
    `'in/b.parquet' was removed`,
  ],
  [
    'appended to',
    BEFORE_READING,
    '.jsonl',
    () => fs.appendFileSync('in/b.jsonl', read('c.jsonl')),
    `'in/b.jsonl' grew from \\d+ to \\d+ bytes`,
  ],
  [
    'cut off',
    AFTER_READING,
    '.jsonl',
    () => fs.writeFileSync('in/b.jsonl', ''),
    `'in/b.jsonl' shrank from \\d+ to 0 bytes`,
  ],
  [
    'added',
    AT_THE_END,
    '.parquet',
    () => fs.renameSync('c.parquet', 'in/c.parquet'),
    `'in/c.parquet' was added`,
  ],
  [
    'written anew',
    AT_THE_END,
    '.parquet',
    () => fs.writeFileSync('in/b.parquet', read('in/b.parquet')),
    `'in/b.parquet' was modified at 20\\S+`,
  ],
  [
    'metadata written anew',
    AT_THE_END,
    '.parquet',
    () => fs.utimesSync('meta.parquet', 1, 1),
    `'meta.parquet' was modified at 1970\\S+`,
  ],
])('a file that is %s is an error', async (_, at, extension, action, change) => {
  const folder = await inputs(extension);
  changeAt(at, action);
  expect(await dedup(folder)).toEqual(error(change));
});

test('all files of a glob removed', async () => {
  const folder = await inputs('.parquet');
  changeAt(AT_THE_END, () => fs.rmSync('in', { recursive: true, force: true }));
  expect(await dedup(folder, 'in/*.parquet')).toEqual(
    error(`'in/a.parquet' was removed, 'in/b.parquet' was removed`),
  );
});

test('more changes than are named are counted', async () => {
  const folder = await inputs('.parquet');
  changeAt(AT_THE_END, () => {
    for (const i of [1, 2, 3, 4, 5]) fs.copyFileSync('c.parquet', `in/${i}.parquet`);
  });
  expect(await dedup(folder)).toEqual(
    error(`'in/1.parquet' was added, 'in/2.parquet' was added, 'in/3.parquet' was added and 2 more`),
  );
});

test('what is rejected for its rows is not blamed on a change', async () => {
  const folder = await inputs('.parquet');
  await query(`COPY (SELECT 0 AS id, [1, 2]::FLOAT[] AS embedding) TO '${folder}/in/same.parquet'`);
  expect(await dedup(folder)).toMatchObject({ code: 1, stderr: expect.stringContaining('must be unique') });
});

test('earlier rows that change', async () => {
  const folder = await inputs('.parquet');
  changeAt(BEFORE_READING, () => fs.appendFileSync('c.parquet', 'more'));
  const { code, stderr } = await runHere(
    ['dedup', 'in', '--output', 'out', '--against', 'c.parquet'],
    '',
    folder,
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/^IO Error: dedup: files changed while they were read: 'c.parquet' grew from /);
});

test('other files may come and go', async () => {
  const folder = await inputs('.parquet');
  changeAt(AT_THE_END, () => {
    fs.writeFileSync('in/notes.txt', 'x');
    fs.copyFileSync('c.parquet', 'in/_c.parquet');
  });
  expect(await dedup(folder)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^rows +4, 0 invalid\n/),
  });
});
