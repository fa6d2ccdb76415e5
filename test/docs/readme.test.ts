import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { macrosOf, withReference } from '../../src/docs/functionReference.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { expectOutputs, snippetsOf } from './snippets.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const reference = readFileSync(`${root}sql/README.md`, 'utf8');
const macros = readFileSync(`${root}sql/macros.sql`, 'utf8');

test('generated sections are up to date (npm run docs)', () => {
  expect(reference).toBe(withReference(reference, catalogue, macros));
});

test('every table macro is there, with its comment', () => {
  const found = macrosOf(macros);
  expect(found.map(({ name }) => name)).toEqual(
    [...macros.matchAll(/\bMACRO (\w+)\([^)]*\) AS TABLE\b/g)].map(([, name]) => name),
  );
  for (const { name, parameters, comment } of found) {
    expect(comment, name).toBeDefined();
    expect(reference).toContain(`| \`FROM ${name}(${parameters})\` | ${comment} |\n`);
  }
});

test.each(
  readdirSync(`${root}sql`)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace('.sql', ''))
    .filter((name) => name !== 'macros'),
)('the script %s is named', (name) => {
  expect(reference).toContain(`\`${name}\``);
});

test('the tour prints what it says', async () => {
  const section = /<!-- tour -->([^]*)<!-- end of tour -->/.exec(readme)![1];
  const snippets = snippetsOf(section);
  expect(snippets).toHaveLength(3);
  await expectOutputs(snippets, root);
});

test('the recipes print what they say', async () => {
  const snippets = snippetsOf(readFileSync(`${root}sql/recipes.md`, 'utf8'));
  expect(snippets.length).toBeGreaterThan(2);
  await expectOutputs(snippets, root);
});
