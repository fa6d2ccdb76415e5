import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { signedHeaders } from '../../src/session/s3/signature.ts';
import { abortUploads } from '../../src/session/s3/requests.ts';

// The examples of AWS's "Authenticating Requests: Using the Authorization Header".
test.each([
  ['lifecycle=', 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['max-keys=2&prefix=J', '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
])('the signature of ?%s', (query, signature) => {
  const { authorization } = signedHeaders(
    {
      method: 'GET',
      url: new URL(`https://examplebucket.s3.amazonaws.com/?${query}`),
      region: 'us-east-1',
      body: '',
      now: new Date('2013-05-24T00:00:00Z'),
    },
    {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
  );
  expect(authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ` +
      `SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  );
});

const upload = (key: string, id: string): string =>
  `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`;

test('the uploads of a run, and no others, are aborted', async () => {
  const requests: string[] = [];
  const uploads = new Map([
    ['1', upload('out/a%20b/run1_0.parquet', '1')],
    ['2&amp;/', upload('out/run1_1.parquet', '2&amp;/')],
    ['3', upload('out/run2_0.parquet', '3')],
    ['4', upload('out/run1/other.parquet', '4')],
  ]);
  const server = createServer(({ method, url, headers }, response) => {
    requests.push(`${method} ${url} ${headers['x-amz-security-token']}`);
    const id = /uploadId=(.*)/.exec(url!)?.[1];
    if (id) uploads.delete(decodeURIComponent(id).replace('&', '&amp;'));
    response.end(
      `<ListMultipartUploadsResult>${[...uploads.values()].join('')}</ListMultipartUploadsResult>`,
    );
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const access = {
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    settings: { endpoint: { host, useSsl: false } },
  };
  expect(await abortUploads(access, 's3://bucket/out', 'run1')).toBe(2);
  const listed = 'GET /bucket/?encoding-type=url&prefix=out%2F&uploads= token';
  expect(requests).toEqual([
    listed,
    'DELETE /bucket/out/a%20b/run1_0.parquet?uploadId=1 token',
    'DELETE /bucket/out/run1_1.parquet?uploadId=2%26%2F token',
    listed,
  ]);
});
