import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BackendName } from '../../src/kernels/kernels.ts';
import { Session } from '../../src/session/session.ts';
import { availability, backendsUsed } from '../support/backends.ts';
import { comparable, matchesError, parseSqlTest, type SqlRecord, type SqlTest } from '../support/sqllogic.ts';
import { textRows } from '../support/values.ts';

const FOLDER = new URL('./', import.meta.url);
/** Extensions linked into DuckDB; `require` of another one skips the file. */
const BUILT_IN = ['core_functions', 'icu', 'json', 'parquet'];

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test'))
  .sort();
const webgpu = await availability('webgpu');
if (!webgpu.available) console.warn(`SKIPPED test/sql on webgpu: ${webgpu.reason}`);

/** Software adapters are slow: WebGPU only where a file asks for it. */
const backendsOf = ({ backends }: SqlTest): readonly string[] => backends ?? ['cpu', 'reference'];

describe.each(files)('%s', { timeout: 60_000 }, (file) => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  for (const backend of backendsOf(parseSqlTest(text))) {
    test(backend, async ({ skip }) => {
      skip(backend === 'webgpu' && !webgpu.available, 'no webgpu adapter');
      const folder = mkdtempSync(join(tmpdir(), 'nearduck-test-'));
      try {
        const parsed = parseSqlTest(text, { backend, folder });
        const missing = parsed.requires.filter((name) => !BUILT_IN.includes(name));
        skip(missing.length > 0, `needs ${missing.join(', ')}`);
        await using session = await Session.open({ backend: backend as BackendName });
        for (const record of parsed.records) {
          // The place is there to be printed with the difference.
          const place = `test/sql/${file}:${record.line}\n${record.sql}\n`;
          const { actual, expected } = await outcomeOf(session, record, place);
          expect([place, ...actual]).toEqual([place, ...expected]);
        }
        for (const used of await backendsUsed(session)) expect(used).toBe(backend);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

interface Outcome {
  readonly actual: readonly string[];
  readonly expected: readonly string[];
}

/** The rows of a query or the message of an error, and what the test says they are. @throws other errors, with the SQL. */
async function outcomeOf({ connection }: Session, record: SqlRecord, place: string): Promise<Outcome> {
  if (record.kind === 'statement' && record.error !== undefined) {
    const { sql, error: expected } = record;
    const message = await connection.run(sql).then(
      () => 'no error',
      (error: Error) => error.message,
    );
    return { actual: [matchesError(message, expected) ? expected : message], expected: [expected] };
  }
  try {
    const reader = await connection.runAndReadAll(record.sql);
    return record.kind === 'query' ? comparable(record, textRows(reader)) : { actual: [], expected: [] };
  } catch (cause) {
    throw new Error(`${place}${(cause as Error).message}`, { cause });
  }
}
