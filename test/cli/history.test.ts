import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { History } from '../../src/cli/terminal/history.ts';

test.each([
  [`CREATE SECRET (TYPE s3, KEY_ID 'AKIA', SECRET 'hush');`],
  [`create or replace persistent secret mine (`, `  TYPE s3, KEY_ID 'AKIA',`, `  SECRET 'hush'`, `);`],
  [`SET s3_secret_access_key = 'hush';`],
  [`SET s3_session_token = 'hush';`],
  [`ATTACH 'host=localhost password=hush' AS db (TYPE postgres);`],
])('statements that hold a secret are not kept: %s', (...lines) => {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'history');
  const history = new History(path);
  history.add('SELECT 1;');
  history.add(lines.join('\n'));
  history.add(`SELECT 'no secret';`);
  expect(readFileSync(path, 'utf8')).toBe(`SELECT 1;\nSELECT 'no secret';\n`);
});

test('a statement of several lines is one entry, in a later run too; the newest 1,000 are read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nearduck-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'history');
  const history = new History(path);
  history.add('SELECT 1\n  AS a;\n');
  history.add('SELECT 1\n  AS a;\n');
  history.add('.mode csv');
  const expected = ['.mode csv', 'SELECT 1\n  AS a;'];
  expect(history.entries).toEqual(expected);
  expect(new History(path).entries).toEqual(expected);
  for (let i = 0; i < 1500; i++) history.add(`SELECT ${i};`);
  const { entries } = new History(path);
  expect([entries.length, entries[0], entries.at(-1)]).toEqual([1000, 'SELECT 1499;', 'SELECT 500;']);
  expect(history.entries).toEqual(entries);
});
