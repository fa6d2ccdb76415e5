import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { Session } from '../../src/session/session.ts';
import { npyBytes } from '../npy/npyBytes.ts';
import { caseCount } from '../support/cases.ts';
import { callables, goodValue, RELATIONS, type Callable, type FuzzParameter } from './callables.ts';
import { Runner } from './runner.ts';

const session = await Session.open({ backend: 'reference', config: { threads: '1' } });
const [folder, before] = [mkdtempSync(join(tmpdir(), 'nearduck-calls-')), process.cwd()];
process.chdir(folder);
await session.connection.run(RELATIONS);
await writeArrow(session.connection, 'FROM embeddings', 'embeddings.arrow');
writeFileSync(
  'embeddings.npy',
  npyBytes(
    [
      [1, 0],
      [0, 1],
    ],
    2,
    { type: 'f4' },
  ),
);
const all = await callables(session.connection);

afterAll(async () => {
  await session.close();
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const NUMBERS = [
  '0', '1', '2', '3', '5', '12', '13', '-1', '0.5', '1.5', '-0.0', '1e-320', '1e308', '-1e308', '2147483648', '9007199254740993',
  '9223372036854775807', '-9223372036854775808', '1e18', `'nan'::DOUBLE`, `'inf'::DOUBLE`, `'-inf'::DOUBLE`, '170141183460469231731687303715884105727', '0.1::DECIMAL(3, 2)',
]; // prettier-ignore
const TEXTS = [
  '', ' ', 'x', 'nope', 'id', 'ID', 'embedding', 'centroid', 'quality', 'cosine_dist_to_cent', `it's`, '"', '"id"', '; DROP TABLE embeddings; --',
  'embeddings', 'clustered', 'pairs', 'centroids', 'others', 'no_rows', 'one_row', 'wide', 'invalid', '"odd ""name"""', 'v', 'main.embeddings', 'temp.v', 'memory.main.embeddings',
  'FROM embeddings', 'FROM clustered WHERE id < 3', 'SELECT', 'SELECT 1', 'FROM', '(FROM embeddings)', 'FROM embeddings; FROM embeddings', 'VALUES (1, [1])', 'DROP TABLE embeddings',
  'embeddings.arrow', 'embeddings.npy', 'embeddings.json', 'embeddings.parquet', '*.arrow', '*', '.', '..', '/', 'nowhere/*.parquet', 'a\nb', '\t', 'é€𝄞', '\u202e', 'x'.repeat(5000), '%s', '$1', '?', '\\',
  'id DESC', 'quality, id DESC NULLS FIRST', 'count(*)', 'random()', 'id > 3', 'true', 'NULL', 'id IN (SELECT 1)', 'row_number() OVER ()', '1', '5', '-3', 'nan',
]; // prettier-ignore
const OTHERS = [
  'NULL', 'true', 'false', '[]', '[0.1, 0.2]', '[NULL]', `['embeddings', 'others']`, `['embeddings.arrow']`, '[[0.1]]', '{a: 1}', 'MAP {1: 2}',
  `'x'::BLOB`, `DATE '2020-01-01'`, `INTERVAL 1 DAY`, `'00000000-0000-0000-0000-000000000000'::UUID`, '[0.1, 0.2]::FLOAT[2]', 'NULL::DOUBLE', 'id', '(SELECT 1)', 'range(3)', '?', '1 + 1', `'a' || 'b'`,
]; // prettier-ignore

const texts = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
const quotedText = texts.map((text) => quotedString(text.replaceAll('\0', '')));
const numbers = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NUMBERS) },
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
);
const others = fc.constantFrom(...OTHERS);

function valueOf(parameter: FuzzParameter, callable: string): fc.Arbitrary<string> {
  const choices = parameter.choices.map((choice) => quotedString(choice));
  const likely = {
    text: quotedText,
    number: numbers,
    flag: fc.constantFrom('true', 'false'),
    any: fc.oneof(quotedText, numbers),
  }[parameter.type];
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(goodValue(parameter, callable), ...choices) },
    { weight: 5, arbitrary: likely },
    { weight: 1, arbitrary: others },
    { weight: 1, arbitrary: fc.oneof(quotedText, numbers) },
  );
}

/** A call of `callable`: mostly with good positional arguments, and up to three named ones. */
function callOf(callable: Callable): fc.Arbitrary<string> {
  const positional = callable.positional.map((parameter) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(goodValue(parameter, callable.name)) },
      { weight: 1, arbitrary: valueOf(parameter, callable.name) },
    ),
  );
  const stranger = { name: 'nope', type: 'number', choices: [] } as const;
  const named = fc
    .constantFrom(...callable.named, stranger, ...callable.positional)
    .chain((parameter) =>
      fc
        .tuple(
          fc.constantFrom(parameter.name, parameter.name, parameter.name, parameter.name.toUpperCase()),
          valueOf(parameter, callable.name),
        )
        .map(([name, value]) => `${name} := ${value}`),
    );
  const known = callable.named.map((parameter) =>
    valueOf(parameter, callable.name).map((value) => `${parameter.name} := ${value}`),
  );
  const usual = known.length > 0 ? fc.oneof({ weight: 5, arbitrary: fc.oneof(...known) }, named) : named;
  return fc
    .record({
      values: fc.tuple(...positional),
      options: fc.oneof(
        { weight: 4, arbitrary: fc.array(usual, { maxLength: 2 }) },
        fc.array(usual, { maxLength: 5 }),
      ),
      arity: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, -1, 1),
    })
    .map(({ values, options, arity }) => {
      const first = arity < 0 ? values.slice(0, -1) : arity > 0 ? [...values, '1'] : values;
      return `FROM ${callable.name}(${[...first, ...options].join(', ')})`;
    });
}

test('every function takes the good values that cases start from', async () => {
  for (const { name, positional } of all) {
    const values = positional.map((parameter) => goodValue(parameter, name));
    const reader = await session.connection.runAndReadAll(`FROM ${name}(${values.join(', ')})`);
    expect(reader.currentRowCount, name).toBeGreaterThanOrEqual(name === 'invalid_embeddings' ? 0 : 1);
  }
});

/** Total number of cases. Each takes about 3 ms. */
const CASES = 3000;
/**
 * With enough cases, at least this share of a function's cases returns rows, and at least this share fails.
 */
const [SHARE, ENOUGH] = [0.05, 100];

test(`every parameter of every function takes any value: a right result or an error that helps`, async () => {
  const runner = new Runner(session.connection);
  const runs = Math.ceil(caseCount(CASES) / all.length);
  for (const callable of all) {
    await fc.assert(
      fc.asyncProperty(callOf(callable), async (sql) => {
        await runner.check(sql, callable.name);
      }),
      { numRuns: runs },
    );
  }
  const least = runs < ENOUGH ? 0 : SHARE * runs;
  for (const { name } of all) {
    const { results, errors } = runner.counts(name);
    expect({ name, isBoth: results >= least && errors >= least, results, errors }).toMatchObject({
      isBoth: true,
    });
  }
}, 0);
