import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mediaOf } from '../../src/report/media.ts';
// The build puts the page's script beside it.
import { reportPage } from '../../dist/report/page.js';
import type { ReportData } from '../../src/report/reportData.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearduck-media-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes: number): string => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(bytes, 65));
  return path;
};

test('small files are embedded, larger ones are linked, relative to the page', () => {
  const budget = { fileBytes: 10, bytes: 15, folder };
  const small = file('a.png', 9);
  expect(mediaOf(small, budget)).toEqual({ kind: 'image', source: 'data:image/png;base64,QUFBQUFBQUFB' });
  expect(budget.bytes).toBe(6);
  expect(mediaOf(small, budget)).toEqual({ kind: 'image', source: 'a.png' });
  expect(mediaOf(file('b #1.mp4', 11), budget)).toEqual({ kind: 'video', source: 'b%20%231.mp4' });
});

test('addresses are linked where browsers read them; other text is text', () => {
  const budget = { fileBytes: 10, bytes: 15, folder };
  expect(mediaOf('https://host/a.jpg?width=200', budget)).toEqual({
    kind: 'image',
    source: 'https://host/a.jpg?width=200',
  });
  for (const text of ['s3://bucket/a.jpg', 'nowhere.png', 'A title', 'a.txt', 'a\nb.png', 'https://['])
    expect(mediaOf(text, budget)).toBeUndefined();
});

test.skipIf(process.platform === 'win32')('what is no file is text', () => {
  const budget = { fileBytes: 1e6, bytes: 1e6, folder };
  mkdirSync(join(folder, 'dir.png'));
  symlinkSync('loop.png', join(folder, 'loop.png'));
  execFileSync('mkfifo', [join(folder, 'pipe.png')]);
  const names = ['dir.png', 'loop.png', 'pipe.png', `${'x'.repeat(5000)}.png`, '\0.png', 'dir.png/a.png'];
  for (const text of [
    ...names.map((name) => join(folder, name)),
    'javascript:alert(1)//.png',
    'file:///etc/passwd.png',
  ])
    expect(mediaOf(text, budget), text.slice(0, 80)).toBeUndefined();
});

test('text of the data cannot become markup', () => {
  const data = { title: '</title><script>', pairs: [{ id: '</script><script>alert(1)</script>' }] };
  const html = reportPage(data as unknown as ReportData);
  expect(html).toContain('&lt;/title&gt;&lt;script&gt;');
  expect(html).not.toContain('alert(1)</script>');
  expect(html.match(/<\/script>/g)).toHaveLength(2);
});
