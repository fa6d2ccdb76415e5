import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { Harness, KEYS } from './harness.ts';

const parts = inject('parts');

describe.skipIf(parts === undefined)('credentials, from each source', () => {
  const { accessKeyId, secretAccessKey } = KEYS;
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  const asJson = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };
  let s3: Harness;
  let endpoint: string;

  beforeAll(async () => {
    s3 = await Harness.start(parts!);
    endpoint = `endpoint_url = ${s3.url}\n`;
    const made = await s3.run(['-c', `COPY (FROM range(42)) TO 's3://bucket/x.parquet'`]);
    if (made.code !== 0) throw new Error(made.stderr);
  });
  afterAll(() => s3?.stop());

  /** Writes an AWS config file, and a credentials file, and returns the environment that names them. */
  function files(config: string, credentials = ''): NodeJS.ProcessEnv {
    const folder = mkdtempSync(join(s3.folder, 'aws-'));
    writeFileSync(join(folder, 'config'), config);
    writeFileSync(join(folder, 'credentials'), credentials);
    return {
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    };
  }

  function program(lines: string): string {
    const path = join(mkdtempSync(join(s3.folder, 'program-')), 'credentials.sh');
    writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    return path;
  }

  const count = (env: NodeJS.ProcessEnv, ...before: string[]) =>
    s3.run(['-csv', '-noheader', ...before, '-c', `SELECT count(*) FROM 's3://bucket/x.parquet'`], env);
  const found = { code: 0, stdout: '42\n', stderr: '' };

  test('the environment', async () => {
    expect(await count(s3.environment)).toMatchObject(found);
  });

  test('the credentials file, with the endpoint of the profile', async () => {
    expect(await count(files(`[default]\n${endpoint}`, `[default]\n${keys}`))).toMatchObject(found);
  });

  test('a profile by name, with the endpoint of its services', async () => {
    const config = `[profile dev]\nservices = local\n${keys}[services local]\ns3 =\n  ${endpoint}`;
    expect(await count({ ...files(config), AWS_PROFILE: 'dev' })).toMatchObject(found);
  });

  test('a credential_process', async () => {
    const path = program(`echo '${JSON.stringify({ Version: 1, ...asJson })}'`);
    expect(await count(files(`[default]\ncredential_process = ${path}\n${endpoint}`))).toMatchObject(found);
  });

  test('a credential_process that fails', async () => {
    const path = program('echo "the vault is sealed" >&2; exit 1');
    const { code, stderr } = await count(files(`[default]\ncredential_process = ${path}\n${endpoint}`));
    expect([code, stderr]).toEqual([1, expect.stringContaining('the vault is sealed')]);
  });

  /** Starts a server that answers with `answer` until the test ends, and returns its URL. */
  async function standIn(answer: (request: IncomingMessage, body: string) => string): Promise<string> {
    const server = createServer((request, response) => {
      void text(request).then((body) => response.end(answer(request, body)));
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  const EXPIRES = '2099-01-01T00:00:00Z';

  test('a container’s endpoint', async () => {
    const url = await standIn(() => JSON.stringify({ ...asJson, Token: '', Expiration: EXPIRES }));
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_ENDPOINT_URL_S3: s3.url };
    expect(await count(env)).toMatchObject(found);
  });

  test('the metadata of an instance', async () => {
    const url = await standIn(({ url }) => {
      if (url!.endsWith('/api/token')) return 'token';
      if (url!.endsWith('/security-credentials/')) return 'role';
      return JSON.stringify({ ...asJson, Code: 'Success', Token: '', Expiration: EXPIRES });
    });
    const env = { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
    expect(await count({ ...env, AWS_ENDPOINT_URL_S3: s3.url })).toMatchObject(found);
  });

  /** A Security Token Service that answers only `action`, and only for a body with `word`. */
  const sts = (action: string, word: string): Promise<string> =>
    standIn((_, body) =>
      body.includes(`Action=${action}&`) && body.includes(word)
        ? `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>` +
          `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken></SessionToken>` +
          `<Expiration>${EXPIRES}</Expiration></Credentials></${action}Result></${action}Response>`
        : `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not as expected</Message></Error></ErrorResponse>`,
    );
  const ROLE = 'arn:aws:iam::123456789012:role/reader';

  test('a web identity, as Kubernetes gives it to pods', async () => {
    const token = join(mkdtempSync(join(s3.folder, 'token-')), 'token');
    writeFileSync(token, 'the.web.token');
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: ROLE,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_STS: await sts('AssumeRoleWithWebIdentity', 'WebIdentityToken=the.web.token'),
    };
    expect(await count({ ...env, AWS_ENDPOINT_URL_S3: s3.url })).toMatchObject(found);
  });

  test('a profile that assumes a role', async () => {
    const config = `[default]\nregion = us-east-1\nrole_arn = ${ROLE}\nsource_profile = base\n${endpoint}[profile base]\n`;
    const env = files(config, '[base]\naws_access_key_id = other\naws_secret_access_key = other\n');
    const url = await sts('AssumeRole', encodeURIComponent(ROLE));
    expect(await count({ ...env, AWS_ENDPOINT_URL_STS: url })).toMatchObject(found);
  });

  test('single sign-on, after aws sso login: its credentials have a token, which this server knows only to refuse', async () => {
    const config =
      `[default]\nsso_session = company\nsso_account_id = 123456789012\nsso_role_name = reader\nregion = us-east-1\n${endpoint}` +
      `[sso-session company]\nsso_start_url = https://company.example/start\nsso_region = us-east-1\n`;
    const cache = join(s3.folder, 'home/.aws/sso/cache');
    mkdirSync(cache, { recursive: true });
    writeFileSync(
      join(cache, `${createHash('sha1').update('company').digest('hex')}.json`),
      JSON.stringify({ accessToken: 'the token', expiresAt: EXPIRES }),
    );
    const url = await standIn(({ url, headers }) => {
      const isAsked = url!.includes('role_name=reader') && headers['x-amz-sso_bearer_token'] === 'the token';
      const roleCredentials = {
        accessKeyId,
        secretAccessKey,
        sessionToken: 'session',
        expiration: Date.parse(EXPIRES),
      };
      return JSON.stringify(isAsked ? { roleCredentials } : {});
    });
    const { code, stderr } = await count({ ...files(config), AWS_ENDPOINT_URL_SSO: url });
    expect([code, stderr]).toEqual([1, expect.stringContaining('InvalidToken')]);
    expect(stderr).not.toContain('session');
  });

  test('a secret of the user’s own', async () => {
    const host = new URL(s3.url).host;
    const secret = `CREATE SECRET mine (TYPE s3, KEY_ID '${accessKeyId}', SECRET '${secretAccessKey}', ENDPOINT '${host}', URL_STYLE 'path', USE_SSL false, REGION 'us-east-1')`;
    const env = { AWS_ACCESS_KEY_ID: 'wrong', AWS_SECRET_ACCESS_KEY: 'wrong' };
    const load = `LOAD '${parts!.httpfs}'`;
    expect(await count(env, '-c', load, '-c', secret)).toMatchObject({ ...found, stdout: 'true\n42\n' });
  });

  test.each([
    ['none', {}, /^S3: no AWS credentials found; requests are not signed\n[^]*403/],
    ['wrong ones', { AWS_ACCESS_KEY_ID: 'WRONGKEY', AWS_SECRET_ACCESS_KEY: 'wrongSecret' }, /HTTP 40[34]/],
  ])('%s: refused at once, and no key is printed', async (_, env, message) => {
    const { code, stderr, seconds } = await count({ AWS_ENDPOINT_URL_S3: s3.url, ...env });
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).not.toContain('wrongSecret');
    expect(seconds).toBeLessThan(8);
  });
});
