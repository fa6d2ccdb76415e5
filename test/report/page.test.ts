import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportData } from '../../src/report/reportData.ts';
import { Session } from '../../src/session/session.ts';
import { runHere } from '../cli/runHere.ts';
import { openBrowser } from './browser.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const clips = join(root, 'fixtures/clips/ce1_embd_parquet');
const metadata = join(root, 'fixtures/clips/clips_meta.parquet');
const chromium = await openBrowser();

const folder = mkdtempSync(join(tmpdir(), 'nearduck-report-'));
const output = join(folder, 'out');
const page = join(output, 'report.html');
let session: Session;

beforeAll(async () => {
  const dedup = ['dedup', clips, '--output', output, '--clusters', '20', '--rank-by', 'bytes DESC'];
  const { code, stderr } = await runHere([...dedup, '--metadata', metadata, '--eps', '0.005', '--report']);
  if (code !== 0) throw new Error(stderr);
  session = await Session.open();
});

afterAll(async () => {
  await session.close();
  await chromium?.close();
  rmSync(folder, { recursive: true });
});

const value = async (sql: string): Promise<unknown> =>
  (await session.connection.runAndReadAll(sql)).getRowsJS()[0][0];

const dataOf = (path: string): ReportData =>
  JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(path, 'utf8'))![1]) as ReportData;

/** Number of duplicates in the files of the run. */
const duplicates = async (eps: number): Promise<number> =>
  Number(await value(`SELECT count(*) FROM duplicates('${output}/pairwise_results/*.parquet', ${eps})`));

test('the page is a result of the folder, which the next report replaces', async () => {
  const listed = (): string[] =>
    (JSON.parse(readFileSync(join(output, 'run.json'), 'utf8')) as { files: { path: string }[] }).files.map(
      ({ path }) => path,
    );
  expect(listed()).toEqual(expect.arrayContaining(['report.html', 'report_pairs.parquet']));
  const report = await runHere(['report', output, '--show', 'source_video', '--group-by', 'source_video']);
  expect(report).toEqual({ code: 0, stdout: `${page}\n`, stderr: '' });
  expect(listed().filter((path) => path === 'report.html')).toHaveLength(1);
  expect(statSync(page).size).toBeLessThan(1_000_000);
  expect(readFileSync(page, 'utf8')).toContain('vid_');
});

test('the pairs of the page are a table, too, which eps_precision reads once they are judged', async () => {
  const pairs = join(folder, 'page_pairs.parquet');
  const report = await runHere(['report', output, '--to', join(folder, 'page.html')]);
  expect(report).toEqual({ code: 0, stdout: `${join(folder, 'page.html')}\n`, stderr: '' });
  const { pairs: shown } = dataOf(join(folder, 'page.html'));
  const reader = await session.connection.runAndReadAll(
    `SELECT id, max_id AS maxId, max_in_against AS maxIsEarlier, score, weight FROM '${pairs}'`,
  );
  expect(reader.getRowObjectsJS()).toEqual(shown);
  expect(await value(`SELECT count(*) FROM '${pairs}' WHERE same IS NOT NULL`)).toBe(0n);
  await session.connection.run(
    `CREATE TEMP TABLE judged AS SELECT * REPLACE (score > 0.99 AS same) FROM '${pairs}'`,
  );
  expect(await value(`SELECT rows FROM eps_precision('judged') ORDER BY eps DESC LIMIT 1`)).toBe(
    BigInt(shown.length),
  );
  expect(
    await value(`SELECT count(*) FROM (FROM '${output}/report_pairs.parquet' EXCEPT FROM '${pairs}')`),
  ).toBe(0n);
});

test('ids and values of 30 kB are shortened; the table of pairs has them whole', async () => {
  const [input, out] = [join(folder, 'long.parquet'), join(folder, 'long')];
  await session.connection.run(`
    COPY (
      SELECT repeat('x', 30_000) || i AS id, [cos(i // 3 + i % 3 / 50), sin(i // 3 + i % 3 / 50), i % 2]::FLOAT[] AS embedding,
        repeat('y', 30_000) || i % 30 AS source
      FROM range(60) AS t(i)
    ) TO '${input}' (FORMAT parquet)`);
  const shown = ['--show', 'source', '--group-by', 'source'];
  const done = await runHere([
    'dedup',
    input,
    '--metadata',
    input,
    '--output',
    out,
    '--eps',
    '0.1',
    '--report',
  ]);
  expect(done).toMatchObject({ code: 0 });
  expect(statSync(join(out, 'report.html')).size).toBeLessThan(400_000);
  expect(await runHere(['report', out, ...shown])).toMatchObject({ code: 0, stderr: '' });
  expect(statSync(join(out, 'report.html')).size).toBeLessThan(400_000);
  const { pairs, groups, outliers, shares, shown: rows } = dataOf(join(out, 'report.html'));
  expect(pairs.length).toBeGreaterThan(10);
  expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
  const ids = [...pairs.flatMap(({ id, maxId }) => [id, maxId]), ...outliers.map(({ id }) => id)];
  for (const id of ids) expect(id).toMatch(/^x{100}… #[0-9a-f]{8}$/);
  for (const id of [...ids, ...groups.map(({ keptId }) => keptId)]) expect(rows[id], id).toHaveLength(1);
  expect(new Set(shares!.values.map(({ value }) => value)).size).toBe(20);
  const whole = `SELECT count(*) FROM '${out}/report_pairs.parquet' WHERE length(id) > 30_000 AND length(max_id) > 30_000`;
  expect(Number(await value(whole))).toBe(pairs.length);
}, 60_000);

test('a file that nearduck did not write is not replaced', async () => {
  const [page, foreign] = ['again.html', 'foreign.html'].map((name) => join(folder, name));
  for (const path of [foreign, join(folder, 'other_pairs.parquet')]) writeFileSync(path, 'important');
  const write = (...args: string[]) => runHere(['report', output, ...args]);
  for (let i = 0; i < 2; i++) expect(await write('--to', page)).toMatchObject({ code: 0, stderr: '' });
  for (const args of [
    ['--to', foreign],
    ['--to', join(folder, 'other.html')],
    ['--atlas', foreign],
  ]) {
    const { code, stderr } = await write(...args);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^IO Error: report: '.*' exists already; remove it/),
    ]);
  }
  expect(readFileSync(foreign, 'utf8')).toBe('important');
});

test('--atlas writes all rows with their metadata; neighbors are the numbers of rows', async () => {
  const atlas = join(folder, 'atlas.parquet');
  const to = join(folder, 'page.html');
  const report = await runHere(['report', output, '--to', to, '--atlas', atlas]);
  expect(report).toEqual({ code: 0, stdout: `${to}\n`, stderr: '' });
  const rows = `(SELECT *, file_row_number AS row FROM read_parquet('${atlas}', file_row_number = true))`;
  // The match of a row is one of its neighbors, at distance 1 - score.
  expect(
    await value(`
      SELECT count(*) FILTER (list_contains(a.neighbors.ids, b.row)
        AND a.neighbors.distances[list_position(a.neighbors.ids, b.row)] = 1 - a.cosine_sim_score::DOUBLE)
      FROM ${rows} AS a JOIN ${rows} AS b ON b.id = a.max_id WHERE a.max_id != a.id`),
  ).toBe(await value(`SELECT count(*) FROM '${output}/pairwise_results/*.parquet' WHERE max_id != id`));
  expect(await value(`SELECT count(source_video) FROM '${atlas}'`)).toBe(1371n);
});

test('the page has the findings about the embeddings where the run checked them', async () => {
  const findings = await session.connection.runAndReadAll(
    `SELECT finding, status, detail, remedy FROM embedding_health('${clips}/*.parquet')`,
  );
  expect(dataOf(page).health).toEqual(findings.getRowObjectsJS());
  expect(dataOf(page).health.map(({ status }) => status)).toContain('warning');
  const other = join(folder, 'unchecked');
  await runHere(['dedup', clips, '--output', other, '--clusters', '20', '--eps', '0.005']);
  expect((await runHere(['report', other])).code).toBe(0);
  expect(dataOf(join(other, 'report.html')).health).toEqual([]);
  const check = ['-set', `output=${other}`, '-set', `input=${clips}/*.parquet`];
  const checked = await runHere([...check, '-f', 'nearduck:1_load', '-f', 'nearduck:5_health']);
  expect([checked.code, checked.stderr]).toEqual([0, '']);
  await runHere(['report', other]);
  expect(dataOf(join(other, 'report.html')).health).toEqual(findings.getRowObjectsJS());
});

test('a run without eps has a page that begins at the largest candidate', async () => {
  const other = join(folder, 'no-eps');
  const { code, stderr } = await runHere(['dedup', clips, '--output', other, '--report']);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const [begin] = /"eps":[0-9.]+/.exec(readFileSync(join(other, 'report.html'), 'utf8'))!;
  const largest = await value(`SELECT max(eps) FROM eps_candidates('${other}/pairwise_results/*.parquet')`);
  expect(begin).toBe(`"eps":${largest}`);
});

test.each([
  [['report'], `error: missing required argument 'output'\n`],
  [
    ['report', 'nowhere'],
    `IO Error: report: 'nowhere' has no run.json to read; pass an output folder of nearduck dedup\n`,
  ],
  [
    ['report', output, '--eps', '2'],
    `error: option '--eps <x>' argument '2' is invalid. eps must be a number in [0, 1].\n`,
  ],
  [['report', 's3://bucket/out'], /needs '--to <file>'/],
  [['report', output, '--show', 'nope'], /"nope"/],
  [['report', output, '--group-by', 'nope'], /"nope"/],
  [['dedup', clips, '--show', 'a'], `error: option '--show <cols>' needs '--report'\n`],
  [['dedup', clips, '--report', '--output', 's3://bucket/out'], /needs a local '--output'/],
])('%j is an error', async (args, message) => {
  const { code, stderr } = await runHere(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

describe.skipIf(!chromium)('in a browser', () => {
  async function open(
    options: BrowserContextOptions = {},
    address = page,
  ): Promise<{ view: Page; asked: string[] }> {
    const view = await chromium!.browser.newPage({
      locale: 'en-US',
      viewport: { width: 1200, height: 900 },
      ...options,
    });
    const asked: string[] = [];
    view.on('request', (request) => asked.push(request.url()));
    view.on('pageerror', (error) => asked.push(error.message));
    await view.goto(pathToFileURL(address).href);
    return { view, asked };
  }

  const shown = async (view: Page, id: string): Promise<string> => String(await view.textContent(`#${id}`));

  test('moving the slider shows what SQL counts, and the command for that eps', async () => {
    const { view, asked } = await open();
    const last = Number(await view.getAttribute('#eps', 'max'));
    for (let i = 0; i < 10; i++) {
      await view.fill('#eps', String(Math.round((i * last) / 9)));
      const command = await shown(view, 'command');
      const eps = Number(/eps=(\S+)/.exec(command)![1]);
      const expected = await duplicates(eps);
      expect((await shown(view, 'dropped')).startsWith(expected.toLocaleString('en-US')), `eps ${eps}`).toBe(
        true,
      );
      expect((await shown(view, 'kept')).startsWith((1371 - expected).toLocaleString('en-US'))).toBe(true);
    }
    expect(asked).toEqual([pathToFileURL(page).href]);
    await view.close();
  });

  test('ids that are names of JavaScript are ids, and markup is text', async () => {
    const words = join(folder, 'words.parquet');
    const id = `list_value('constructor', '__proto__', '<b>it</b>', 'd')[i + 1]`;
    await session.connection.run(
      `COPY (SELECT ${id} AS id, [1, i / 1000]::FLOAT[] AS embedding FROM range(4) AS t(i)) TO '${words}'`,
    );
    const other = join(folder, 'words');
    const { code } = await runHere(['dedup', words, '--output', other, '--eps', '0.01', '--report']);
    expect(code).toBe(0);
    const { view, asked } = await open({}, join(other, 'report.html'));
    expect(asked).toHaveLength(1);
    expect(await shown(view, 'groups')).toContain('<b>it</b>');
    expect(await view.locator('#groups b').count()).toBe(0);
    await view.close();
  });

  test('nothing in the data runs as code, or makes the page ask for more than the media that it names', async () => {
    const [rows, words] = ['hostile.parquet', 'hostile-words.parquet'].map((name) => join(folder, name));
    const texts = [
      '</script><script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      'javascript:alert(1)//.png',
      '"><script>alert(1)</script>.png',
      'https://media.invalid/"onerror="alert(1).png',
      '{{script}}<!--<script>',
    ];
    await session.connection.run(
      `COPY (SELECT ['${texts.join("', '")}'][i % 6 + 1] || repeat(' ', i::INTEGER) AS id, [1, i / 1000]::FLOAT[] AS embedding FROM range(12) AS t(i)) TO '${rows}';
       COPY (SELECT id, trim(id) AS "a<b>", repeat('é', 100000) AS long FROM '${rows}') TO '${words}'`,
    );
    const output = join(folder, 'hostile');
    const show = ['--metadata', words, '--report', '--show', 'a<b>,long', '--group-by', 'a<b>'];
    const { code, stderr } = await runHere(['dedup', rows, '--output', output, '--eps', '0.01', ...show]);
    expect([code, stderr]).toEqual([0, '']);
    const address = join(output, 'report.html');
    expect(statSync(address).size).toBeLessThan(1_000_000);
    const { view, asked } = await open({}, address);
    const dialogs: string[] = [];
    view.on('dialog', (dialog) => void (dialogs.push(dialog.message()), dialog.dismiss()));
    for (let i = 0; i < 12; i++) await view.keyboard.press('n');
    await view.evaluate(() =>
      document.querySelectorAll('details').forEach((details) => (details.open = true)),
    );
    expect(dialogs).toEqual([]);
    expect(await view.locator('[onerror]').count()).toBe(0);
    const media = asked.filter((url) => url !== pathToFileURL(address).href);
    for (const url of media) expect(url).toMatch(/^https:\/\/media\.invalid\//);
    await view.close();
  });

  test('it opens at the eps of the run, with its recall', async () => {
    const { view } = await open();
    expect(await shown(view, 'eps-value')).toBe('0.005');
    // The slider begins a little below the smallest eps that drops a row, and ends where all rows that have a score are dropped.
    const { steps } = dataOf(page);
    const crowd = steps.dropped.filter((n) => n > 0 && n < steps.dropped.at(-1)!).length;
    const length = Number(await view.getAttribute('#eps', 'max'));
    expect(length).toBeGreaterThan(crowd);
    expect(length).toBeLessThanOrEqual(crowd + 12);
    expect(await shown(view, 'dropped')).toContain('381');
    expect(await shown(view, 'recall')).toContain('95.3 %');
    expect(await shown(view, 'shares-title')).toContain('source_video');
    expect(await view.locator('#groups details').count()).toBe(20);
    expect(await view.locator('#health tbody tr').count()).toBe(8);
    // Names of facts are not broken into two lines.
    const lines = await view.locator('#facts td:first-child').evaluateAll((cells) =>
      cells.map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
      }),
    );
    expect(lines).toEqual(Array(8).fill(1));
    await view.close();
  });

  test('verdicts by key are downloaded, and eps_precision agrees with the page', async () => {
    const { view } = await open();
    const keys = 'sssdssdsssssndsss';
    for (const key of keys) await view.keyboard.press(key);
    expect(await shown(view, 'judged')).toBe('16 judged');
    await view.fill('#eps', String(await view.getAttribute('#eps', 'max')));
    const [download] = await Promise.all([view.waitForEvent('download'), view.click('#download')]);
    const verdicts = join(folder, 'verdicts.csv');
    writeFileSync(verdicts, readFileSync(await download.path()));
    expect(await value(`SELECT count(*) FROM '${verdicts}' WHERE same`)).toBe(13n);
    const reader = await session.connection.runAndReadAll(
      `SELECT precision, precision_low, precision_high FROM eps_precision('${verdicts}') ORDER BY eps DESC LIMIT 1`,
    );
    const [precision, low, high] = reader
      .getRowsJS()[0]
      .map((share) => `${(100 * Number(share)).toFixed(1)} %`);
    expect(await shown(view, 'precision')).toBe(`${precision}${low} to ${high} (95 %), 16 verdicts`);
    await view.close();
  });

  test.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' as const }],
    ['on a phone', { viewport: { width: 390, height: 844 } }],
  ])('%s, it is accessible and fits', async (_, options) => {
    const { view } = await open(options);
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await view.evaluate(axe);
    const found = await view.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    });
    expect(found).toEqual([]);
    expect(await view.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    await view.close();
  });
});
