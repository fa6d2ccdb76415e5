import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportData } from '../../src/report/reportData.ts';
import { Session } from '../../src/session/session.ts';
import { runCli } from '../cli/runCli.ts';
import { openBrowser } from './browser.ts';

const chromium = await openBrowser();
const folder = mkdtempSync(join(tmpdir(), 'nearduck-states-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A picture of one pixel, followed by bytes that readers ignore. */
const picture = (bytes: number): Buffer =>
  Buffer.concat([
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    ),
    Buffer.alloc(bytes),
  ]);

/** Rows of each input, as SQL. */
const INPUTS = {
  none: 'SELECT i AS id, [if(i = j, 1, 0) FOR j IN range(4)]::FLOAT[] AS embedding FROM range(4) AS t(i)',
  one: `SELECT 'only' AS id, [1, 2]::FLOAT[] AS embedding`,
  copies: 'SELECT i AS id, [1, 2]::FLOAT[] AS embedding FROM range(150) AS t(i)',
  rows: `SELECT 'clip ' || i AS id, [1, i // 2, 0.01 * (i % 2)]::FLOAT[] AS embedding FROM range(8) AS t(i)`,
  shown: `SELECT 'clip ' || i AS id, ['small.png', 'large.png', 'sound.wav', 'film.mp4', 'https://media.invalid/film.mp4',
    'https://media.invalid/a.png?width=9', 'a text', NULL][i + 1] AS place, repeat('word ', 100) AS caption FROM range(8) AS t(i)`,
};

beforeAll(async () => {
  await using session = await Session.open();
  for (const [name, rows] of Object.entries(INPUTS))
    await session.connection.run(`COPY (${rows}) TO '${join(folder, name)}.parquet'`);
  mkdirSync(join(folder, 'media'));
  writeFileSync(join(folder, 'small.png'), picture(10));
  writeFileSync(join(folder, 'large.png'), picture(200_000));
  writeFileSync(join(folder, 'sound.wav'), 'RIFF');
  writeFileSync(join(folder, 'film.mp4'), Buffer.alloc(300_000));
});

afterAll(async () => {
  await chromium?.close();
  rmSync(folder, { recursive: true });
});

/** Writes the page of a run over one of the inputs and returns its path. */
async function page(name: string, input: string, ...args: readonly string[]): Promise<string> {
  const dedup = ['dedup', `${input}.parquet`, '--output', name, '--rank-by', 'id', '--report', ...args];
  const { code, stderr } = await runCli(dedup, '', folder);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return join(folder, name, 'report.html');
}

const dataOf = (path: string): ReportData =>
  JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(path, 'utf8'))![1]) as ReportData;

test('small files are embedded, larger ones linked, addresses kept, the rest is text', async () => {
  const path = await page('media', 'rows', '--eps', '0.01', '--metadata', 'shown.parquet', '--show', 'place');
  const { shown } = dataOf(path);
  const media = Array.from({ length: 8 }, (_, i) => shown[`clip ${i}`]?.[0]);
  expect(media.map((cell) => [cell.text, cell.media?.kind, cell.media?.source.slice(0, 22)])).toEqual([
    ['small.png', 'image', 'data:image/png;base64,'],
    ['large.png', 'image', '../large.png'],
    ['sound.wav', 'audio', 'data:audio/wav;base64,'],
    ['film.mp4', 'video', '../film.mp4'],
    ['https://media.invalid/film.mp4', 'video', 'https://media.invalid/'],
    ['https://media.invalid/a.png?width=9', 'image', 'https://media.invalid/'],
    ['a text', undefined, undefined],
    ['NULL', undefined, undefined],
  ]);
});

describe.skipIf(!chromium)('in a browser', () => {
  async function open(path: string, options: BrowserContextOptions = {}) {
    const view = await chromium!.browser.newPage({ locale: 'en-US', ...options });
    const errors: string[] = [];
    view.on('pageerror', (error) => errors.push(error.message));
    await view.route('https://**', (route) => route.abort());
    await view.goto(pathToFileURL(path).href);
    return { view, errors };
  }

  /** The findings of axe, with all parts of the page open. */
  async function findings(view: Page): Promise<string[]> {
    await view.evaluate(() => document.querySelectorAll('details').forEach((part) => (part.open = true)));
    await view.evaluate(axe);
    return view.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    });
  }

  test.each([
    [
      'no pair',
      'none',
      ['--eps', '0.01'],
      { scores: false, pair: 'There are no pairs to compare.', dropped: '0' },
    ],
    [
      'no pair and no eps',
      'none',
      [],
      { scores: false, pair: 'There are no pairs to compare.', dropped: '0' },
    ],
    [
      'one row',
      'one',
      ['--eps', '0.01'],
      { scores: false, pair: 'There are no pairs to compare.', dropped: '0' },
    ],
    [
      'nothing but copies',
      'copies',
      ['--eps', '0.01'],
      { scores: true, pair: 'Pair 1 of 6', dropped: '149' },
    ],
    ['eps 0', 'rows', ['--eps', '0'], { scores: true, pair: 'Pair 1 of 7', dropped: '0' }],
    ['eps 1', 'rows', ['--eps', '1'], { scores: true, pair: 'Pair 1 of 7', dropped: '7' }],
  ])('of %s, the page says so, is accessible, and fits a phone', async (name, input, args, expected) => {
    const path = await page(name, input, ...args);
    for (const options of [{}, { colorScheme: 'dark' as const }, { viewport: { width: 390, height: 844 } }]) {
      const { view, errors } = await open(path, options);
      expect(await view.isVisible('#scores')).toBe(expected.scores);
      expect(await view.isVisible('#no-scores')).toBe(!expected.scores);
      expect(await view.isVisible('#same')).toBe(expected.scores);
      expect(await view.textContent('#pair')).toContain(expected.pair);
      expect(await view.textContent('#dropped')).toMatch(new RegExp(`^${expected.dropped}\\d*\\.\\d %`));
      expect(await findings(view)).toEqual([]);
      expect(await view.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
      expect(errors).toEqual([]);
      await view.close();
    }
  });

  test('media are shown beside the pairs and in the groups, and all is accessible', async () => {
    const show = ['--metadata', 'shown.parquet', '--show', 'place,caption'];
    const { view, errors } = await open(await page('players', 'rows', '--eps', '0.01', ...show));
    for (const kind of ['img', 'audio', 'video']) {
      for (let i = 0; i < 7 && (await view.locator(`#pair ${kind}`).count()) === 0; i++)
        await view.keyboard.press('n');
      expect(await view.locator(`#pair ${kind}`).count(), kind).toBeGreaterThan(0);
      await view.keyboard.press('p');
      for (let i = 0; i < 7; i++) await view.keyboard.press('p');
    }
    expect(await view.locator('#groups td img, #groups td video, #groups td audio').count()).toBeGreaterThan(
      3,
    );
    expect(await findings(view)).toEqual([]);
    expect(errors).toEqual([]);
    await view.close();
  });

  test('in the locale of a bare server and on paper, it has its content and no buttons', async () => {
    const { view, errors } = await open(await page('paper', 'rows', '--eps', '0.01'), { locale: undefined });
    await view.emulateMedia({ media: 'print' });
    expect(errors).toEqual([]);
    expect(await view.textContent('#dropped')).toMatch(/^\d+\.\d|^\d/);
    expect(await view.locator('#chart canvas').count()).toBe(1);
    expect(await view.locator('button:visible').count()).toBe(0);
    expect((await view.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    await view.close();
  });

  test('Copy puts the command on the clipboard, or else selects it', async () => {
    const { view } = await open(await page('copy', 'rows', '--eps', '0.01'));
    await view.evaluate(() =>
      Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }),
    );
    await view.click('#copy');
    await view.waitForFunction(() => document.getElementById('copied')!.textContent !== '');
    expect(await view.textContent('#copied')).toBe('Selected: press Ctrl-C');
    expect(await view.evaluate(() => String(getSelection()))).toBe(await view.textContent('#command'));
    await view.close();
  });
});
