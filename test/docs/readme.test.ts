import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { macrosOf, withReference } from '../../src/docs/functionReference.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { runCli } from '../cli/runCli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const macros = readFileSync(`${root}sql/macros.sql`, 'utf8');

test('generated sections are up to date (npm run docs)', () => {
  expect(readme).toBe(withReference(readme, catalogue, macros));
});

test('every table macro is there, with its comment', () => {
  const found = macrosOf(macros);
  expect(found.map(({ name }) => name)).toEqual(
    [...macros.matchAll(/\bMACRO (\w+)\([^)]*\) AS TABLE\b/g)].map(([, name]) => name),
  );
  for (const { name, parameters, comment } of found) {
    expect(comment, name).toBeDefined();
    expect(readme).toContain(`| \`FROM ${name}(${parameters})\` | ${comment} |\n`);
  }
});

test.each(
  readdirSync(`${root}sql`)
    .map((file) => file.replace('.sql', ''))
    .filter((name) => name !== 'macros'),
)('the script %s is named', (name) => {
  expect(readme).toContain(`\`${name}\``);
});

interface Step {
  readonly sql: string;
  readonly output: string;
}

/** SQL of the tour, each with the output shown below it. */
function tour(): Step[] {
  const section = /<!-- tour -->([^]*)<!-- end of tour -->/.exec(readme)![1];
  return [...section.matchAll(/```sql\n([^]*?)```\n\n```text\n([^]*?)```/g)].map(([, sql, output]) => ({
    sql,
    output,
  }));
}

/** Words of an output. Clusters differ a little between backends: ids are any id, numbers are compared by value. */
const words = (output: string): string[] =>
  output
    .replaceAll(/[│┌┐└┘├┤┬┴┼─]+/g, ' ')
    .replaceAll(/\b[0-9a-f]{8}\b/g, 'id')
    .trim()
    .split(/\s+/);

test('the tour prints what it says', async () => {
  const steps = tour();
  expect(steps).toHaveLength(3);
  const mark = '-- next --';
  const script = steps.map(({ sql }) => `${sql}\n.print ${mark}\n`).join('');
  const { code, stdout, stderr } = await runCli([], `.cd "${root}"\n${script}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const outputs = stdout.split(`${mark}\n`);
  steps.forEach(({ sql, output }, i) => {
    const expected = words(output).map((word) => (Number.isNaN(Number(word)) ? word : about(Number(word))));
    const actual = words(outputs[i]).map((word) => (Number.isNaN(Number(word)) ? word : Number(word)));
    expect(actual, sql).toEqual(expected);
  });
});

/** Within 3 %. */
const about = (value: number): unknown =>
  expect.toSatisfy((actual: unknown) => Math.abs(Number(actual) - value) <= 0.03 * Math.abs(value));
