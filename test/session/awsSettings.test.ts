import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsSettings, type Environment } from '../../src/session/s3/awsSettings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearduck-aws-'));
  writeFileSync(
    join(folder, 'config'),
    `# comment
[default]
region = eu-central-1
[profile work]
region=ap-south-1 # near
s3 =
  region = not-this-one
endpoint_url = https://minio.example.com/base/
[sso-session work]
region = us-gov-west-1
[profile dev]
services = local
endpoint_url = https://all.example.com
s3 =
  addressing_style = virtual
[services local]
s3 =
  endpoint_url = http://localhost:9000
dynamodb =
  endpoint_url = http://localhost:8000
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = (env: Environment): Promise<unknown> =>
  awsSettings({ AWS_CONFIG_FILE: join(folder, 'config'), ...env });
const nowhere = { AWS_CONFIG_FILE: '/nonexistent' };

test('the region: AWS_REGION, AWS_DEFAULT_REGION, the profile, else DuckDB’s own', async () => {
  await expect(settings({ AWS_REGION: 'us-east-2', AWS_DEFAULT_REGION: 'us-west-1' })).resolves.toEqual({
    region: 'us-east-2',
  });
  await expect(settings({ AWS_DEFAULT_REGION: 'us-west-1' })).resolves.toEqual({ region: 'us-west-1' });
  await expect(settings({})).resolves.toEqual({ region: 'eu-central-1' });
  await expect(settings({ AWS_PROFILE: 'work' })).resolves.toMatchObject({ region: 'ap-south-1' });
  await expect(settings({ AWS_PROFILE: 'other' })).resolves.toEqual({});
  await expect(settings(nowhere)).resolves.toEqual({});
});

test.each([
  ['http://localhost:9000', { host: 'localhost:9000', useSsl: false }],
  ['https://s3.example.com/', { host: 's3.example.com', useSsl: true }],
  ['https://gateway.example.com/s3/v1/', { host: 'gateway.example.com/s3/v1', useSsl: true }],
])('the endpoint %s', async (url, endpoint) => {
  await expect(
    settings({ ...nowhere, AWS_ENDPOINT_URL_S3: url, AWS_ENDPOINT_URL: 'http://other' }),
  ).resolves.toEqual({
    endpoint,
  });
  await expect(settings({ ...nowhere, AWS_ENDPOINT_URL: url })).resolves.toEqual({ endpoint });
});

test('the profile’s endpoint, unless endpoints are to be ignored', async () => {
  const endpoint = { host: 'minio.example.com/base', useSsl: true };
  await expect(settings({ AWS_PROFILE: 'work' })).resolves.toMatchObject({ endpoint });
  await expect(
    settings({ AWS_PROFILE: 'work', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }),
  ).resolves.toEqual({
    region: 'ap-south-1',
  });
});

test('the endpoint for S3 of the services that the profile names, and the addressing style', async () => {
  await expect(settings({ AWS_PROFILE: 'dev' })).resolves.toEqual({
    endpoint: { host: 'localhost:9000', useSsl: false },
    urlStyle: 'vhost',
  });
  await expect(settings({ AWS_PROFILE: 'dev', AWS_ENDPOINT_URL: 'https://other' })).resolves.toMatchObject({
    endpoint: { host: 'other', useSsl: true },
  });
});

test.each(['localhost:9000', 'ftp://x', 'https://user:secret@host', 'nonsense'])(
  '%s is no endpoint',
  async (url) => {
    await expect(settings({ AWS_ENDPOINT_URL_S3: url })).rejects.toThrow(
      'Invalid Input Error: S3: AWS_ENDPOINT_URL_S3 must be a URL such as https://s3.example.com or http://localhost:9000',
    );
  },
);
