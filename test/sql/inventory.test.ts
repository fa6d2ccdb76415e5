import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/functions/catalogue.ts';
import { parseSqlTest, type SqlRecord } from '../support/sqllogic.ts';

const FOLDER = new URL('./', import.meta.url);
/** Readers of files that tests in TypeScript write: test/arrow, test/workflow. */
const ELSEWHERE = ['read_arrow', 'read_json_exactly'];

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test'))
  .map((file) => parseSqlTest(readFileSync(new URL(file, FOLDER), 'utf8')));

/** The error that an error test expects. */
const errorText = (record: SqlRecord): string | undefined =>
  record.kind === 'statement' && record.error !== undefined ? `${record.sql}\n${record.error}` : undefined;

describe.each(catalogue.filter(({ name }) => !ELSEWHERE.includes(name)))('$name', (entry) => {
  const call = new RegExp(`\\b${entry.name}\\(`);

  test('has SQL tests with values on every backend', () => {
    const testing = files.filter(({ records }) =>
      records.some(({ kind, sql }) => kind === 'query' && call.test(sql)),
    );
    // read_npy computes nothing.
    const backends = new Set(testing.flatMap((file) => file.backends ?? ['cpu', 'reference']));
    const wanted = entry.name === 'read_npy' ? ['cpu', 'reference'] : ['cpu', 'reference', 'webgpu'];
    expect([...backends]).toEqual(expect.arrayContaining(wanted));
  });

  test('has an error test per parameter', () => {
    const errors = files
      .flatMap(({ records }) => records.map(errorText))
      .filter((text) => text && call.test(text));
    // Errors of macros are often DuckDB's own, which do not name the parameter.
    const parameters = entry.kind === 'table function' ? entry.parameters : [];
    const untested = parameters
      .map(({ name }) => name)
      .filter((name) => !errors.some((text) => new RegExp(`\\b${name}\\b`).test(text!)));
    expect(errors.length).toBeGreaterThan(0);
    expect(untested).toEqual([]);
  });
});
