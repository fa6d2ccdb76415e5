import { expect } from 'vitest';
import type { Session } from '../../src/session/session.ts';
import { comparable, matchesError, type SqlRecord } from './sqllogic.ts';
import { textRows } from './values.ts';

/** Runs the records of a `.test` file, called `name` in messages, one after the other. */
export async function runSqlTest(
  session: Session,
  records: readonly SqlRecord[],
  name: string,
): Promise<void> {
  for (const record of records) {
    // The place is printed with the difference.
    const place = `${name}:${record.line}\n${record.sql}\n`;
    const { actual, expected } = await outcomeOf(session, record, place);
    expect([place, ...actual]).toEqual([place, ...expected]);
  }
}

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
