import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withReference } from '../../src/docs/functionReference.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { macroScript } from '../../src/sqlScripts.ts';
import { runCli } from '../cli/runCli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

test('generated sections are up to date (npm run docs)', () => {
  expect(readme).toBe(withReference(readme, catalogue));
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

test.each(
  readdirSync(`${root}sql`)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace('.sql', '')),
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
