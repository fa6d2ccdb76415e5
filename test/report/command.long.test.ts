import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportData } from '../../src/report/reportData.ts';
import { Session } from '../../src/session/session.ts';
import { binary, runCli } from '../cli/runCli.ts';
import { npyBytes } from '../npy/npyBytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearduck-report-'));

/** Rows 3 · n, 3 · n + 1 and 3 · n + 2 turn away from one direction. Neighbours are within 0.01, the first and the last are not. */
const ROWS = `
  SELECT
    i,
    CASE i WHEN 0 THEN 'constructor' WHEN 1 THEN '__proto__' WHEN 2 THEN '<b>"it''s"</b>' ELSE 'id ' || i END AS id,
    i % 3 AS source,
    'text ' || i AS title,
    [if(i // 3 = axis, cos(0.12 * (i % 3)), if(axis = 12, sin(0.12 * (i % 3)), 0)) FOR axis IN range(13)]::FLOAT[] AS embedding
  FROM range(36) AS rows(i)`;

beforeAll(async () => {
  await using session = await Session.open();
  const { connection } = session;
  mkdirSync(join(folder, 'rows'));
  await connection.run(`COPY (${ROWS}) TO '${join(folder, 'rows/rows.parquet')}'`);
  await connection.run(`COPY (SELECT id, title FROM (${ROWS})) TO '${join(folder, 'titles.parquet')}'`);
  await connection.run(`COPY (SELECT title FROM (${ROWS}) ORDER BY i) TO '${join(folder, 'plain.parquet')}'`);
  await connection.run(`ATTACH '${join(folder, 'db.duckdb')}' AS db`);
  await connection.run(`CREATE TABLE db.clips AS ${ROWS}`);
  writeNpy(join(folder, 'e.npy'), 36);
  mkdirSync(join(folder, 'damaged'));
  writeFileSync(join(folder, 'damaged/run.json'), 'null');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** An array of `rows` × 2, pairs of equal rows. */
function writeNpy(path: string, rows: number): void {
  const values = Array.from({ length: rows }, (_, row) => {
    const angle = Math.floor(row / 2);
    return [Math.cos(angle), Math.sin(angle)];
  });
  writeFileSync(path, npyBytes(values, 2, { type: 'f4' }));
}

const cli = (args: readonly string[], directory = folder): ReturnType<typeof runCli> =>
  runCli(args, '', directory);

async function dedup(output: string, ...args: readonly string[]): Promise<ReportData> {
  const { code, stderr } = await cli(['dedup', ...args, '--output', output]);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return dataOf(output);
}

function dataOf(output: string): ReportData {
  const html = readFileSync(join(folder, output, 'report.html'), 'utf8');
  return JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)![1]) as ReportData;
}

const dropped = ({ steps, eps }: ReportData): number => steps.dropped[steps.eps.indexOf(eps)];

test('of a folder with any name, from any folder; ids are no names of JavaScript', async () => {
  const rows = [
    'rows',
    '--rank-by',
    'i',
    '--eps',
    '0.01',
    '--report',
    '--metadata',
    'rows',
    '--show',
    'title',
  ];
  const output = `it's a[b] "c" é`;
  const first = await dedup(output, ...rows);
  expect(dropped(first)).toBe(24);
  expect(Object.keys(first.shown)).toEqual(
    expect.arrayContaining(['constructor', '__proto__', '<b>"it\'s"</b>']),
  );
  for (const [place, name] of [
    [output, '.'],
    [join(output, 'groups'), '..'],
  ]) {
    const { code, stderr } = await cli(['report', name], join(folder, place));
    expect([code, stderr]).toEqual([0, '']);
    expect(dataOf(output)).toMatchObject({
      eps: 0.01,
      steps: first.steps,
      pairs: first.pairs,
      groups: first.groups,
      shown: {},
    });
  }
});

/** The three rows of a direction differ in this column of the input. The first is kept. */
const BY_SOURCE = [
  ['0', 12, 0],
  ['1', 12, 12],
  ['2', 12, 12],
];

const sharesAt = ({ shares }: ReportData): unknown =>
  shares?.values.map(({ value, rows, dropped }) => [value, rows, dropped.at(-1)]);

test('a column of the input groups rows where the metadata has none', async () => {
  const args = ['rows', '--rank-by', 'i', '--eps', '0.01', '--report', '--metadata', 'titles.parquet'];
  expect(sharesAt(await dedup('by', ...args, '--group-by', 'source'))).toEqual(BY_SOURCE);
});

test('another rule is named, and its command runs; a column of the input groups rows without metadata', async () => {
  const args = [
    'rows',
    '--rank-by',
    'i',
    '--eps',
    '0.01',
    '--report',
    '--rule',
    'covered',
    '--group-by',
    'source',
  ];
  const data = await dedup('covered', ...args);
  expect(data).toMatchObject({ rule: 'covered', groupRule: 'covered', eps: 0.01 });
  expect(sharesAt(data)).toEqual(BY_SOURCE);
  expect([dropped(data), data.groups.length]).toEqual([24, 12]);
  // One group has two rows: the third row of each is not within eps of the first.
  expect(data.groups.map(({ size }) => size)).toEqual(Array.from({ length: 12 }, () => 2));
  await cli(['report', 'covered', '--eps', '0.02']);
  expect(dataOf('covered')).toMatchObject({ rule: 'covered', groupRule: 'chain', eps: 0.02 });
  runCommand(data, '0.005');
  expect(dataOf('covered')).toMatchObject({ rule: 'covered', eps: 0.005, groups: [] });
});

/** Runs the command of a page, in the folder that the run was started in. */
function runCommand({ command }: ReportData, eps: string): void {
  const text = command.replace('{eps}', eps).replace(/^nearduck/, `"${process.execPath}" "${binary}"`);
  execFileSync('sh', ['-c', text], { cwd: folder, stdio: 'pipe' });
}

test.each([
  ['files with embeddings', ['rows', '--metadata', 'rows', '--with-embeddings', '--clusters', '2']],
  ['a table', ['db.duckdb', '--table', 'clips', '--metadata', 'clips']],
  ['an array', ['e.npy', '--metadata', 'plain.parquet']],
])('of a run over %s: the page and its command find the metadata', async (name, args) => {
  await dedup(name, ...args, '--eps', '0.01', '--report', '--show', 'title');
  const { code, stderr } = await cli(['report', name, '--show', 'title']);
  expect([code, stderr]).toEqual([0, '']);
  const data = dataOf(name);
  const [{ id }] = data.pairs;
  expect(data.shown[id]).toEqual([{ column: 'title', text: expect.stringMatching(/^text \d+$/) as string }]);
  runCommand(data, '0.02');
  await using session = await Session.open();
  const counted = await session.connection.runAndReadAll(
    `SELECT count(*) FROM '${folder}/${name}/deduplicated/*.parquet'`,
  );
  expect(Number(counted.getRows()[0][0])).toBe(data.rows - data.steps.dropped[data.steps.eps.indexOf(0.02)]);
});

test('the page opens at the eps that rows were last dropped by', async () => {
  await dedup('budget', 'rows', '--rank-by', 'i', '--drop-share', '0.7', '--report');
  const { eps, groups } = dataOf('budget');
  const again = async (...args: string[]): Promise<ReportData> => {
    expect(await cli(['report', 'budget', ...args])).toMatchObject({ code: 0, stderr: '' });
    return dataOf('budget');
  };
  expect(await again()).toMatchObject({ eps, groups });
  await cli([
    '-set',
    'output=budget',
    '-set',
    'eps=0',
    '-set',
    'overwrite=true',
    '-f',
    'nearduck:5_identify',
  ]);
  expect(await again()).toMatchObject({ eps: 0, groups: [] });
});

test.each([
  [
    ['dedup', 'rows', '--eps', '0.01', '--report', '--show', 'title'],
    `error: option '--show <cols>' needs '--metadata <relation>', which may be the input itself\n`,
  ],
  [
    ['dedup', 'rows', '--eps', '0.01', '--metadata', 'titles.parquet', '--report', '--show', 'title,nope'],
    `Binder Error: dedup: --show names "nope", which metadata 'titles.parquet' does not have: its columns are "id", "title"\n`,
  ],
  [
    ['report', 'covered', '--to', 'nowhere/page.html'],
    `IO Error: report: '${folder}/nowhere/page.html' cannot be written: ENOENT: no such file or directory, open '${folder}/nowhere/page.html'\n`,
  ],
  [
    ['report', 'damaged'],
    `IO Error: report: 'damaged' has no run.json to read; pass an output folder of nearduck dedup\n`,
  ],
  [
    ['report', 'covered', '--show', 'title'],
    'Binder Error: report: --show needs --metadata, and the run had none; the input itself may serve as metadata\n',
  ],
])('%j is an error', async (args, message) => {
  expect(await cli(args)).toEqual({ code: 1, stdout: '', stderr: message });
});
