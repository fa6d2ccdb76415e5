import { existsSync, mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { npyBytes } from '../npy/npyBytes.ts';
import { query } from './clips.ts';
import { expectSameAsDedup } from './plannedRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearduck-tasks-options-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const embedding = (row: string, group: string, noise: string): string =>
  `list_transform(range(16), lambda j: hash(${group} * 32 + j) / 1.8e19 - 0.5 + ${noise} * (hash(${row} * 32 + j) / 1.8e19 - 0.5))::FLOAT[] AS embedding`;

beforeAll(async () => {
  await query(`
    COPY (SELECT i AS id, ${embedding('i + 7', 'i // 2', '0.4')}, i % 2 AS part
          FROM range(300) AS t(i)) TO '${folder}/few' (FORMAT parquet, PARTITION_BY (part));
    COPY (SELECT i AS id, ${embedding('i', 'i // 3', '(0.02 + (i % 7) / 40)')}, hash(i) % 100 AS quality, 's' || (i % 4) AS source, i % 3 AS part
          FROM range(4000) AS t(i)) TO '${folder}/in' (FORMAT parquet, PARTITION_BY (part));
    COPY (SELECT i + 3000 AS id, ${embedding('i', 'i // 3', '0.05')}, i % 3 AS part
          FROM range(1500) AS t(i)) TO '${folder}/old' (FORMAT parquet, PARTITION_BY (part));
    COPY (SELECT i AS id, 'title ' || i AS title, hash(i * 3) % 50 AS score, 'g' || (i % 3) AS kind
          FROM range(4000) AS t(i)) TO '${folder}/meta.parquet';
    COPY (SELECT i AS id, if(i % 50 = 0, NULL, embedding) AS embedding, i % 2 AS part
          FROM (SELECT i, ${embedding('i', 'i // 2', '0.05')} FROM range(4000) AS t(i))) TO '${folder}/bad' (FORMAT parquet, PARTITION_BY (part));
    COPY (SELECT 'k' || (i * 7 % 1500) AS id, 't' || i AS title, i % 3 AS kind FROM range(1500) AS t(i)) TO '${folder}/npmeta.parquet';
    COPY (SELECT i AS id, i, ${embedding('(i // 2)', 'i // 6', '0.05')}, i % 3 AS part
          FROM range(3000) AS t(i)) TO '${folder}/copies' (FORMAT parquet, PARTITION_BY (part));
    ATTACH '${folder}/clips.duckdb';
    CREATE TABLE clips.emb AS FROM '${folder}/in/*/*.parquet';
    DETACH clips;
  `);
  mkdirSync(join(folder, 'np'));
  const rows = Array.from({ length: 1500 }, (_, i) =>
    Array.from({ length: 8 }, (_, j) => Math.sin((i % 500) * 7.3 + j * j * 3.1) + 0.02 * Math.sin(i + j)),
  );
  for (const [name, first, end] of [
    ['a', 0, 400],
    ['b', 400, 1100],
    ['c', 1100, 1500],
  ] as const)
    writeFileSync(join(folder, `np/${name}.npy`), npyBytes(rows.slice(first, end), 8, { type: 'f4' }));
});

test.each<[string, string]>([
  ['recall', 'in --recall 0.97 --eps 0.1'],
  ['no eps', 'in --overlap 0.03 --memberships 2'],
  ['protect', 'in --recall 0.97 --eps 0.1 --protect "quality > 80"'],
  ['against', 'in --overlap 0.05 --eps 0.1 --against old'],
  ['against without eps', 'in --against old'],
  ['few rows against many', 'few --recall 0.97 --eps 0.1 --against in'],
  [
    'all who stay',
    'in --recall 0.97 --eps 0.1 --against old --protect "quality > 80" --rank-by "quality DESC"',
  ],
  [
    'statements',
    `in --overlap 0.02 --keep-rows 2000 --against "FROM 'old/*/*.parquet' WHERE id % 2 = 0" --metadata in --rank-by quality --with-embeddings`,
  ],
  ['budget and groups', 'in --drop-share 0.2 --recall 0.9 --group-by source --max-drop 0.9 --report'],
  [
    'metadata',
    'in --eps 0.05 --recall 0.95 --metadata meta.parquet --rank-by "score DESC" --report --show title --group-by kind --layout cosmos-curate',
  ],
  ['table', 'clips.duckdb --table emb --metadata clips.emb --eps 0.1 --keep easy --report'],
  ['invalid rows', 'bad --on-invalid skip --eps 0.02 --overlap 0.02'],
  ['numbered rows', 'np --eps 0.02'],
  [
    'an array of several',
    `"${join(import.meta.dirname, '../npy/files/deflated.npz')}" --array embeddings --eps 0.02`,
  ],
  [
    'rows by position',
    `np --eps 0.02 --recall 0.9 --metadata npmeta.parquet --with-embeddings --protect "title = 't5'"`,
  ],
  ['covered', 'in --rule covered --overlap 0.05 --eps 0.1 --report'],
  ['components', 'in --rule components --recall 0.97 --eps 0.1 --group-by source --max-drop 0.9'],
  [
    'components of who stay',
    'in --rule components --overlap 0.05 --eps 0.1 --against old --protect "quality > 80" --rank-by "quality DESC"',
  ],
  ['covered against', 'copies --rule covered --overlap 0.05 --eps 0.1 --against old --protect "i % 40 = 7"'],
  ['one cluster', 'in --clusters 1 --eps 0.05 --keep random --seed 7'],
])('tasks find what dedup finds: %s', async (name, options) => {
  const words = [...options.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
  const clusters = words.includes('--clusters') ? [] : ['--clusters', '8'];
  const { run } = await expectSameAsDedup(folder, name, [...words, ...clusters, '--backend', 'cpu']);
  expect(existsSync(join(run, '.nearduck'))).toBe(false);
});

describe('a plan refuses before any task runs', () => {
  test.each<[string, string]>([
    ['in --overwrite', "options '--resume' and '--overwrite' are not for plan"],
    ['in --rank-by nothing', '--rank-by'],
    ['in --protect quality', 'it must be a BOOLEAN'],
    ['in --against meta.parquet', "against 'meta.parquet' has no column"],
    ['in --group-by nothing --eps 0.1', '--group-by names "nothing"'],
    ['np/a.npy --metadata npmeta.parquet', 'the input has 400 rows and the metadata 1500'],
  ])('%s', async (options, message) => {
    const refused = await runCli(
      ['plan', ...options.split(' '), '--tasks', '2', '--output', 'no'],
      '',
      folder,
    );
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(message);
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

test('a group that loses too much ends the last task with code 3, for good', async () => {
  const what = 'in --clusters 4 --eps 0.1 --group-by source --max-drop 0.1 --tasks 1 --output stopped';
  const nearduck = (...args: string[]) => runCli(args, '', folder);
  expect(await nearduck('plan', ...what.split(' '), '--backend', 'cpu')).toMatchObject({ code: 0 });
  for (const step of ['fit', 'assign', 'pairwise'])
    expect(await nearduck('task', 'stopped', step)).toMatchObject({ code: 0 });
  const stopped = await nearduck('task', 'stopped', 'finish');
  expect(stopped.code).toBe(3);
  expect(stopped.stdout).toContain('s0');
  expect(stopped.stderr).toContain('5_guard: 4 of 4 groups lose more than 0.1 of their rows');
  expect(existsSync(join(folder, 'stopped/duplicates'))).toBe(false);
});
