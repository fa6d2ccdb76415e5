import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { History } from '../../src/cli/shell/history.ts';

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
  history.add('SELECT 1;', '');
  let before = '';
  for (const line of lines) {
    history.add(line, before);
    before += `${line}\n`;
  }
  history.add(`SELECT 'no secret';`, '');
  expect(readFileSync(path, 'utf8')).toBe(`SELECT 1;\nSELECT 'no secret';\n`);
});
