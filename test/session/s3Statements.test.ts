import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { patientSettings } from '../../src/session/s3/patience.ts';
import { S3Secrets } from '../../src/session/s3/s3Secrets.ts';
import { S3Statements } from '../../src/session/s3/s3Statements.ts';
import { Session } from '../../src/session/session.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const PATIENT = [
  'SET GLOBAL http_retries = 24',
  'SET GLOBAL http_retry_wait_ms = 250',
  'SET GLOBAL http_retry_backoff = 1.3',
];
const HASTY = [
  'SET GLOBAL http_retries = 3',
  'SET GLOBAL http_retry_wait_ms = 100',
  'SET GLOBAL http_retry_backoff = 4',
];
const ONE_RETRY = ['SET GLOBAL http_retries = 1', ...HASTY.slice(1)];

/** Connections that record their statements. A test request fails with the entry of `answers` for its path. */
function open({
  answers = {} as Record<string, string>,
  patience = 300,
  untouched = true,
  provider = async () => keys,
} = {}) {
  const log: string[] = [];
  const notices: string[] = [];
  let hasSecret = false;
  const connection = {
    run: async (sql: string) => {
      log.push(sql.startsWith('CREATE') ? 'secret' : sql);
      hasSecret ||= sql.startsWith('CREATE');
      const error = Object.entries(answers).find(([name]) => sql.includes(name))?.[1];
      if (error !== undefined) throw new Error(error);
    },
    runAndReadAll: async (sql: string) => ({
      getRows: () => [sql.includes('http_retries') ? [untouched] : [hasSecret, false]],
    }),
  } as unknown as DuckDBConnection;
  const statements = new S3Statements({
    connect: async () => connection,
    secrets: new S3Secrets({ settings: {}, provider }),
    patience,
    load: async () => void log.push('load'),
    onNotice: (text) => void notices.push(text),
  });
  const run = (sql: string, error?: string): Promise<string> =>
    statements.wrapStatement({ sql, connection }, async () => {
      log.push('body');
      if (error !== undefined) throw new Error(error);
      return 'rows';
    });
  /** The statements since the last call. */
  const taken = (): string[] => log.splice(0);
  return { run, taken, notices, statements };
}

const look = (glob: string): string => `SELECT file FROM glob('s3://${glob}/nearduck-test-*')`;
const file = `SELECT size FROM read_blob('s3://b/x.parquet')`;

describe('statements that may touch s3://', () => {
  test.each([
    'SELECT 1',
    `-- such as 's3://b/x'\nSELECT 1`,
    `FROM 's3/x.parquet'`,
    `FROM 'https://h/x.parquet'`,
  ])('nothing comes before %j', async (sql) => {
    const { run, taken } = open();
    expect(await run(sql)).toBe('rows');
    expect(taken()).toEqual(['body']);
  });

  test('httpfs, patience and credentials come before the first; later ones have them', async () => {
    const { run, taken } = open();
    await run(`SET VARIABLE input = 's3://b/in/*.parquet'`);
    expect(taken()).toEqual(['load', ...PATIENT, 'secret', ...ONE_RETRY, look('b'), ...PATIENT, 'body']);
    await run(`FROM read_parquet(getvariable('input'))`);
    await run(`FROM 'S3A://b/other/*'`);
    expect(taken()).toEqual(['body', 'body']);
  });

  test('a file that can be read is looked at once, one that is not there each time', async () => {
    const { run, taken } = open({ answers: { 'x.parquet': 'HTTP GET error (HTTP 404 Not Found)' } });
    for (let i = 0; i < 2; i++) await run(`FROM kmeans('FROM ''s3://b/x.parquet''', 2)`);
    expect(taken().filter((sql) => sql === file)).toHaveLength(2);
    const other = open();
    for (let i = 0; i < 2; i++) await other.run(`FROM 's3://b/x.parquet'`);
    expect(other.taken().filter((sql) => sql === file)).toHaveLength(1);
  });

  test.each([
    'HTTP GET error (HTTP 403 Forbidden)',
    'HTTP GET error (HTTP 400 Bad Request)',
    'Could not resolve hostname',
  ])('a file that is refused: the statement has few tries, the next one many: %s', async (error) => {
    const { run, taken, notices } = open({ answers: { 'x.parquet': error } });
    await expect(run(`FROM 's3://b/x.parquet'`, error)).rejects.toThrow(error);
    expect(taken().slice(-8)).toEqual([file, ...HASTY, 'body', ...PATIENT]);
    expect(notices).toEqual([]);
  });

  test('storage that is away: the user is told, and the statement waits', async () => {
    const { run, taken, notices } = open({
      answers: { 'nearduck-test': 'Request returned HTTP 503 for HTTP GET\nmore' },
    });
    await run(`FROM 's3://b/*'`);
    expect(taken().slice(-5)).toEqual([look('b'), ...PATIENT, 'body']);
    expect(notices).toEqual(['S3: Request returned HTTP 503 for HTTP GET; retrying for up to 300 seconds']);
  });

  test('settings of the user are left alone, and 0 seconds leave all to DuckDB', async () => {
    for (const options of [{ untouched: false }, { patience: 0 }]) {
      const { run, taken, statements } = open(options);
      await run(`FROM 's3://b/x.parquet'`);
      await statements.failSoon();
      expect(taken()).toEqual(['load', 'secret', 'body']);
    }
  });

  test('to clear up, requests get one more try and five seconds', async () => {
    const { run, taken, statements } = open();
    await run(`FROM 's3://b/*'`);
    taken();
    await statements.failSoon();
    await statements.failSoon();
    expect(taken()).toEqual([...ONE_RETRY, 'SET GLOBAL http_timeout = 5']);
  });

  test('a source of credentials that fails is to blame for errors about S3, and for no others', async () => {
    let calls = 0;
    const provider = async (): Promise<typeof keys> => {
      calls++;
      throw new Error('the vault is sealed');
    };
    const { run } = open({ provider });
    expect(await run(`SELECT 's3://b'`)).toBe('rows');
    await expect(run('SELECT 1', 'Catalog Error: no such table')).rejects.toThrow('no such table');
    await expect(run('FROM v', 'HTTP Error: HTTP 403')).rejects.toThrow('the vault is sealed');
    expect(calls).toBe(1);
    await expect(run(`FROM 's3://b/*'`, 'HTTP Error: HTTP 403')).rejects.toThrow('the vault is sealed');
    expect(calls).toBe(2);
  });

  test('a file that is no httpfs is named by the statement that needs it alone', async () => {
    await using session = await Session.open({ httpfs: '/nowhere/httpfs.duckdb_extension' });
    await session.connection.run(
      `SET extension_directory = '/nonexistent'; SET autoinstall_known_extensions = false`,
    );
    const reader = await session.connection.runAndReadAll(`SELECT 's3://bucket'`);
    expect(reader.getRows()).toEqual([['s3://bucket']]);
    await expect(session.connection.run(`FROM 's3://bucket/x.parquet'`)).rejects.toThrow(
      /^IO Error: s3:\/\/ paths need .* could not be loaded from '\/nowhere\/httpfs.duckdb_extension'/,
    );
  });
});

test.each([1, 3, 60, 300, 86_400])(
  'the waits of a request add up to %i seconds, or half as much again at most',
  (seconds) => {
    const { http_retries, http_retry_wait_ms, http_retry_backoff } = patientSettings(seconds);
    let waited = 0;
    // The first retry follows immediately.
    for (let retry = 2; retry <= http_retries; retry++)
      waited += (http_retry_wait_ms * http_retry_backoff ** (retry - 2)) / 1000;
    expect(waited).toBeGreaterThanOrEqual(seconds);
    expect(waited).toBeLessThan(seconds * 1.5 + 0.25);
  },
);
