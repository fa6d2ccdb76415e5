import { expect, test, vi } from 'vitest';
import { helpText } from '../../src/cli/dot/help.ts';
import { complete } from '../../src/cli/terminal/completion.ts';
import { functionReference } from '../../src/docs/functionReference.ts';
import { kyselyHelpers } from '../../src/docs/kyselyHelpers.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { Session } from '../../src/session/session.ts';
import { runSqlTest } from '../support/runSqlTest.ts';
import { parseSqlTest } from '../support/sqllogic.ts';
import { countTimesTest } from './countTimes.ts';

// Adds the line in the catalogue. No other change is needed for the following tests.
vi.mock('../../src/functions/catalogue.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/functions/catalogue.ts')>();
  const { countTimesFunction } = await import('./countTimes.ts');
  const tableFunctions = [...original.tableFunctions, countTimesFunction];
  return { ...original, tableFunctions, catalogue: original.catalogueOf(tableFunctions) };
});

const entry = catalogue.filter(({ name }) => name === 'count_times');

test('a function in the catalogue runs, and its .test passes', async () => {
  await using session = await Session.open();
  const { records } = parseSqlTest(countTimesTest);
  expect(records).toHaveLength(2);
  await runSqlTest(session, records, 'count_times.test');
});

test('it is in the reference and in .help, with signature, parameters and columns', () => {
  expect(functionReference(entry)).toContain('a relation. Returns total BIGINT (rows times factor).');
  expect(helpText([], 'count_times')).toBe(
    `count_times(relation, factor := 1)
  Counts the rows of a relation.
    relation  VARCHAR  what to count
    factor    BIGINT   what the count is multiplied by (default: 1)
  Example: FROM count_times('embeddings')
`,
  );
});

test('it has a typed helper', () => {
  const helpers = kyselyHelpers(entry);
  expect(helpers).toContain('readonly factor?: number | bigint;');
  expect(helpers).toContain('interface CountTimesRow {\n  total: bigint;\n}');
  expect(helpers).toContain(
    'function countTimes(relation: string, options?: CountTimesOptions): RawBuilder<CountTimesRow> {',
  );
});

test('it is completed, with its parameters', async () => {
  await using session = await Session.open();
  const [names] = await complete(session.connection, '', 'FROM count_ti');
  expect(names).toEqual(['count_times']);
  const [parameters] = await complete(session.connection, '', `FROM count_times('t', fa`);
  expect(parameters).toEqual(['factor := ']);
});
