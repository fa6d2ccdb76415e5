import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CredentialProvider, S3Credentials } from '../../src/session/s3/credentials.ts';
import { loadHttpfs } from '../../src/session/s3/httpfs.ts';
import { isS3Path } from '../../src/paths.ts';
import { S3Secrets, scrub, secretStatement } from '../../src/session/s3/s3Secrets.ts';

const keys: S3Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: `wJalr'XU/+tn`,
  sessionToken: 'token==',
};

describe('secretStatement', () => {
  test('everything there is', () => {
    expect(
      secretStatement(keys, { region: 'eu-west-3', endpoint: { host: 'localhost:9000', useSsl: false } }),
    ).toBe(
      `CREATE OR REPLACE TEMPORARY SECRET nearduck_s3 (TYPE s3, PROVIDER config, KEY_ID 'AKIDEXAMPLE', ` +
        `SECRET 'wJalr''XU/+tn', SESSION_TOKEN 'token==', REGION 'eu-west-3', ENDPOINT 'localhost:9000', ` +
        `URL_STYLE 'path', USE_SSL false)`,
    );
  });

  test('an endpoint without a region', () => {
    expect(secretStatement(undefined, { endpoint: { host: 'minio', useSsl: true } })).toBe(
      `CREATE OR REPLACE TEMPORARY SECRET nearduck_s3 (TYPE s3, PROVIDER config, REGION 'us-east-1', ENDPOINT 'minio', ` +
        `URL_STYLE 'path', USE_SSL true)`,
    );
  });

  test.each([
    ['path', {}],
    ['vhost', { endpoint: { host: 'minio', useSsl: true } }],
  ] as const)('addressing style %s', (urlStyle, settings) => {
    expect(secretStatement(undefined, { ...settings, urlStyle })).toContain(`URL_STYLE '${urlStyle}'`);
  });

  test('keys alone, and nothing at all', () => {
    const { accessKeyId, secretAccessKey } = keys;
    expect(secretStatement({ accessKeyId, secretAccessKey }, {})).toBe(
      `CREATE OR REPLACE TEMPORARY SECRET nearduck_s3 (TYPE s3, PROVIDER config, KEY_ID 'AKIDEXAMPLE', SECRET 'wJalr''XU/+tn')`,
    );
    expect(secretStatement(undefined, {})).toBe(
      `CREATE OR REPLACE TEMPORARY SECRET nearduck_s3 (TYPE s3, PROVIDER config)`,
    );
  });

  test.each([`'); DROP TABLE t; --`, `\\'; SELECT 1; --`, `$$; SELECT 1; $$`, `a\nb"c`])(
    'DuckDB reads %j as one statement',
    async (hostile) => {
      const connection = await (await DuckDBInstance.create()).connect();
      const text = secretStatement(
        { accessKeyId: hostile, secretAccessKey: hostile, sessionToken: hostile },
        { region: hostile, endpoint: { host: hostile, useSsl: true } },
      );
      expect((await connection.extractStatements(text)).count).toBe(1);
      connection.closeSync();
    },
  );
});

test('scrub removes keys raw, quoted and URL-encoded', () => {
  const text = `AKIDEXAMPLE wJalr'XU/+tn 'wJalr''XU/+tn' ?X-Amz-Security-Token=token%3D%3D plain`;
  expect(scrub(text, keys)).toBe(`[redacted] [redacted] '[redacted]' ?X-Amz-Security-Token=[redacted] plain`);
  expect(scrub(text, undefined)).toBe(text);
});

test('isS3Path', () => {
  expect(['s3://b/k', 'S3://b', 's3a://b/k', 's3n://b'].map(isS3Path)).toEqual([true, true, true, true]);
  expect(['s3/x', './s3://x', 'https://s3.amazonaws.com/b', ''].map(isS3Path)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

/** A connection that records its statements. `theirs`: the user has an S3 secret. `ours`: nearduck's exists. */
function fakeConnection(theirs = false) {
  const statements: string[] = [];
  const secrets = { theirs, ours: false };
  const connection = {
    run: async (sql: string) => {
      statements.push(sql);
      secrets.ours = sql.startsWith('CREATE');
    },
    runAndReadAll: async () => ({ getRows: () => [[secrets.ours, secrets.theirs]] }),
  };
  return { connection: connection as unknown as DuckDBConnection, statements, secrets };
}

const minute = 60_000;

describe('S3Secrets', () => {
  test('makes the secret once for keys that last', async () => {
    const { connection, statements } = fakeConnection();
    const provider = vi.fn<CredentialProvider>(async () => keys);
    const secrets = new S3Secrets({ settings: {}, provider });
    await Promise.all([secrets.ensure(connection), secrets.ensure(connection)]);
    await secrets.ensure(connection);
    expect(provider).toHaveBeenCalledOnce();
    expect(statements).toEqual([secretStatement(keys, {})]);
  });

  test('makes it again when a transaction that was rolled back took it', async () => {
    const { connection, statements, secrets: state } = fakeConnection();
    const secrets = new S3Secrets({ settings: {}, provider: async () => keys });
    await secrets.ensure(connection);
    state.ours = false;
    await secrets.ensure(connection);
    expect(statements).toEqual([secretStatement(keys, {}), secretStatement(keys, {})]);
  });

  test('gives way to a secret that the user makes later', async () => {
    const { connection, statements, secrets: state } = fakeConnection();
    const secrets = new S3Secrets({ settings: {}, provider: async () => keys });
    await secrets.ensure(connection);
    expect(secrets.access).toEqual({ credentials: keys, settings: {} });
    state.theirs = true;
    await secrets.ensure(connection);
    await secrets.ensure(connection);
    expect(statements).toEqual([secretStatement(keys, {}), 'DROP SECRET nearduck_s3']);
    expect(secrets.access).toBeUndefined();
  });

  test('renews keys five minutes before they expire, and not earlier', async () => {
    const { connection, statements } = fakeConnection();
    let now = 0;
    let issued = 0;
    const provider = async (): Promise<S3Credentials> => ({
      ...keys,
      sessionToken: `token-${++issued}`,
      expiration: new Date(now + 60 * minute),
    });
    const secrets = new S3Secrets({ settings: {}, provider, now: () => now });
    for (now of [0, 54 * minute, 55 * minute, 56 * minute, 109 * minute, 111 * minute])
      await secrets.ensure(connection);
    expect(statements.map((sql) => /token-\d+/.exec(sql)![0])).toEqual(['token-1', 'token-2', 'token-3']);
  });

  test('a source that fails is an error only when the keys no longer work', async () => {
    const { connection, statements } = fakeConnection();
    let now = 0;
    const provider = vi.fn<CredentialProvider>(async () => ({
      ...keys,
      expiration: new Date(10 * minute),
    }));
    const notices: string[] = [];
    const secrets = new S3Secrets({
      settings: {},
      provider,
      now: () => now,
      onNotice: (text) => void notices.push(text),
    });
    await secrets.ensure(connection);
    provider.mockRejectedValue(new Error('IMDS is away'));
    now = 7 * minute;
    await secrets.ensure(connection);
    expect(notices).toEqual(['IMDS is away; the credentials in use are good until 1970-01-01T00:10:00.000Z']);
    now = 10 * minute;
    await expect(secrets.ensure(connection)).rejects.toThrow('IMDS is away');
    expect(statements).toHaveLength(1);
  });

  test('no credentials: requests are not signed, and the user is told', async () => {
    const { connection, statements } = fakeConnection();
    const notices: string[] = [];
    const secrets = new S3Secrets({
      settings: { region: 'us-west-2' },
      provider: async () => undefined,
      onNotice: (text) => void notices.push(text),
    });
    await secrets.ensure(connection);
    await secrets.ensure(connection);
    expect(statements).toEqual([
      `CREATE OR REPLACE TEMPORARY SECRET nearduck_s3 (TYPE s3, PROVIDER config, REGION 'us-west-2')`,
    ]);
    expect(notices).toEqual(['S3: no AWS credentials found; requests are not signed']);
  });

  test('a secret of the user’s own stays in charge', async () => {
    const { connection, statements } = fakeConnection(true);
    const provider = vi.fn<CredentialProvider>(async () => keys);
    const secrets = new S3Secrets({ settings: {}, provider });
    await secrets.ensure(connection);
    expect([statements.length, provider.mock.calls.length]).toEqual([0, 0]);
  });

  test('DuckDB’s errors come without the statement and without the keys', async () => {
    const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
    const connection = await instance.connect();
    await connection.run(`SET extension_directory = '/nonexistent'`);
    const secrets = new S3Secrets({ settings: {}, provider: async () => keys });
    const error = await secrets.ensure(connection).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error?.message).toMatch(/^IO Error: S3: DuckDB did not accept the credentials: /);
    expect(JSON.stringify([error?.message, error?.stack, String(error?.cause)])).not.toMatch(
      /AKIDEXAMPLE|wJalr|token==/,
    );
    connection.closeSync();
  });

  test('an error that quotes the keys is scrubbed', async () => {
    const { connection } = fakeConnection();
    connection.run = async (sql: string) => {
      throw new Error(`Binder Error: bad ${sql}\n\nLINE 1: ${sql}`);
    };
    const secrets = new S3Secrets({ settings: {}, provider: async () => keys });
    await expect(secrets.ensure(connection)).rejects.toThrow(
      /^IO Error: S3: DuckDB did not accept the credentials: Binder Error: bad .*KEY_ID '\[redacted\]', SECRET '\[redacted\]', SESSION_TOKEN '\[redacted\]'\)$/,
    );
  });
});

describe('loadHttpfs', () => {
  test('says how to bring the extension when it cannot be downloaded', async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(
      `SET extension_directory = '/nonexistent'; SET custom_extension_repository = '/nowhere'`,
    );
    await expect(loadHttpfs(connection)).rejects.toThrow(
      /^IO Error: s3:\/\/ paths need DuckDB's httpfs extension, which could not be installed \(.*\); .* get httpfs\.duckdb_extension for \w+ of DuckDB v1\.\S+ and name that file, or a mirror, with --httpfs or NEARDUCK_HTTPFS, or put it into \/nonexistent\/v1\.\S+\/\w+\/$/,
    );
    connection.closeSync();
  });

  test.each([
    ['/mirror', /could not be installed from '\/mirror' \(.*\/mirror/],
    [
      '/copy/httpfs.duckdb_extension',
      /could not be loaded from '\/copy\/httpfs.duckdb_extension' \(.*\/copy\/httpfs/,
    ],
  ])('from a mirror or a file: %s', async (source, message) => {
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`SET extension_directory = '/nonexistent'`);
    await expect(loadHttpfs(connection, source)).rejects.toThrow(message);
    vi.stubEnv('NEARDUCK_HTTPFS', source);
    await expect(loadHttpfs(connection)).rejects.toThrow(message);
    vi.unstubAllEnvs();
    connection.closeSync();
  });
});

/** Loads a fresh copy of the module, because the SDK caches files and environment. */
const find = async (): Promise<S3Credentials | undefined> => {
  const { awsCredentials } = await import('../../src/session/s3/credentials.ts');
  return awsCredentials('eu-west-3')();
};

describe('awsCredentials', () => {
  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.resetModules();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.doUnmock('@aws-sdk/credential-providers');
  });

  test('from the environment, with their expiration', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', '2099-01-01T00:00:00Z');
    expect(await find()).toMatchObject({
      accessKeyId: 'AKID',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date('2099-01-01T00:00:00Z'),
    });
  });

  test('none', async () => {
    expect(await find()).toBeUndefined();
  });

  test('a profile that is not there is no reason to go unsigned', async () => {
    vi.stubEnv('AWS_PROFILE', 'missing');
    await expect(find()).rejects.toThrow(
      'IO Error: S3: the profile "missing" that AWS_PROFILE names provides no credentials',
    );
  });

  test('a source that is there but fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nearduck-aws-'));
    const sso = ['sso_start_url = https://x', 'sso_region = x', 'sso_account_id = 1', 'sso_role_name = x'];
    writeFileSync(join(folder, 'config'), ['[profile expired]', ...sso].join('\n'));
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    vi.stubEnv('AWS_PROFILE', 'expired');
    await expect(find()).rejects.toThrow(/^IO Error: S3: cannot get AWS credentials: .*aws sso login/);
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['echo "the vault is sealed" >&2; exit 3', /the vault is sealed$/],
    [
      'echo no JSON',
      /^IO Error: S3: cannot get AWS credentials: Profile default .* returned invalid JSON\.$/,
    ],
  ])('a credential_process that fails says why: %s', async (script, reason) => {
    const folder = mkdtempSync(join(tmpdir(), 'nearduck-aws-'));
    const program = join(folder, 'credentials.sh');
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'config'), `[default]\ncredential_process = ${program}\n`);
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    await expect(find()).rejects.toThrow(reason);
    rmSync(folder, { recursive: true });
  });

  test('the SDK is loaded at the first call', async () => {
    const loaded = vi.fn<() => void>();
    vi.doMock('@aws-sdk/credential-providers', () => {
      loaded();
      return { fromNodeProviderChain: () => async () => keys };
    });
    const { awsCredentials } = await import('../../src/session/s3/credentials.ts');
    const provider = awsCredentials(undefined);
    expect(loaded).not.toHaveBeenCalled();
    expect(await provider()).toEqual(keys);
    expect(loaded).toHaveBeenCalledOnce();
  });
});
