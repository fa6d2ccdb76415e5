import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withReference } from '../../src/docs/functionReference.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { macroScript } from '../../src/sqlScripts.ts';
import { root } from './blocks.ts';

const readme = readFileSync(`${root}README.md`, 'utf8');
const reference = readFileSync(`${root}sql/README.md`, 'utf8');

test('generated sections are up to date (npm run docs)', () => {
  expect(reference).toBe(withReference(reference, catalogue));
});

test('every macro has a comment, and those that are listed say all of it', () => {
  const script = macroScript();
  for (const [, name] of script.matchAll(/^CREATE OR REPLACE TEMP MACRO (\w+)/gm))
    expect(script, name).toMatch(new RegExp(`^COMMENT ON MACRO (TABLE )?${name} IS '`, 'm'));
  const macros = catalogue.filter(({ kind }) => kind !== 'table function');
  expect(macros.length).toBeGreaterThan(10);
  for (const { name, returns, parameters } of macros) {
    expect(returns, name).not.toBe('');
    for (const parameter of parameters)
      expect(parameter.description, `${name}: ${parameter.name}`).not.toBe('');
  }
});

test('the README fits 200 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
});
