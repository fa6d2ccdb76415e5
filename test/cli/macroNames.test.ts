import { afterAll, beforeAll, expect, test } from 'vitest';
import { dotCommands } from '../../src/cli/dot/commands.ts';
import { helpText } from '../../src/cli/dot/help.ts';
import { complete } from '../../src/cli/terminal/completion.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { Session } from '../../src/session/session.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ backend: 'cpu' });
});
afterAll(() => session.close());

test('.help lists functions and macros alike, and explains a macro', () => {
  const list = helpText(dotCommands);
  for (const { name, description } of catalogue) {
    const [sentence] = description.split('. ');
    expect(list).toContain(`\n${name.padEnd(38)} ${sentence.replace(/\.$/, '')}\n`);
  }
  const one = helpText(dotCommands, 'eps_for_share');
  expect(one).toMatch(/^eps_for_share\(pairs, share\)\n {2}The largest eps that drops at most this share/);
  expect(one).toContain('    share  DOUBLE   share of the rows to drop, in [0, 1]\n');
  expect(one).toContain(`  Example: FROM duplicates('pairs', eps_for_share('pairs', 0.3))\n`);
  expect(helpText(dotCommands, 'similarity_histogram')).toContain(
    'bins        INTEGER  number of bins, from 1 to 10000 (default: 20)',
  );
});

test('every function and macro is completed', async () => {
  for (const { name, kind } of catalogue) {
    const before = kind === 'scalar macro' ? 'SELECT ' : 'FROM ';
    const [candidates, replaced] = await complete(session.connection, '', before + name.slice(0, -2));
    expect(candidates, name).toContain(name);
    expect(replaced).toBe(name.slice(0, -2));
  }
});

test('comments in the database say what the catalogue says', async () => {
  const reader = await session.connection.runAndReadAll(
    `SELECT function_name, comment FROM duckdb_functions() WHERE function_type IN ('macro', 'table_macro') AND comment LIKE '%Example: %'`,
  );
  const comments = new Map(reader.getRows().map(([name, comment]) => [String(name), String(comment)]));
  const macros = catalogue.filter(({ kind }) => kind !== 'table function');
  expect([...comments.keys()].toSorted()).toEqual(macros.map(({ name }) => name).toSorted());
  for (const { name, description, example } of macros) {
    expect(comments.get(name)!.startsWith(`${description}\n`), name).toBe(true);
    expect(comments.get(name)!.endsWith(`\nExample: ${example}`), name).toBe(true);
  }
});
