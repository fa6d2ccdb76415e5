import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { putIfAbsent } from '../../src/session/s3/requests.ts';
import { signedHeaders } from '../../src/session/s3/signature.ts';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

/** A store that answers the first requests with `answers`, then like S3. */
async function store(...answers: number[]) {
  const objects = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { host, authorization, 'x-amz-date': time } = request.headers;
    const now = new Date(String(time).replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    const url = new URL(request.url!, `http://${host}`);
    const signed = signedHeaders({ method: 'PUT', url, region: 'us-east-1', body, now }, credentials);
    const status =
      answers.shift() ??
      (authorization !== signed.authorization ? 403 : objects.has(url.pathname) ? 412 : 200);
    if (status === 200 && request.headers['if-none-match'] === '*') objects.set(url.pathname, body);
    response.writeHead(status).end();
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { objects, access: { credentials, settings: { endpoint: { host, useSsl: false } } } };
}

test('of many writers of one object one succeeds', async () => {
  const { objects, access } = await store();
  const writers = ['a', 'b', 'c', 'd'].map((body) => putIfAbsent(access, 's3://bucket/a b/run.json', body));
  const written = await Promise.all(writers);
  expect(written.filter((isWritten) => isWritten === true).length).toBe(1);
  expect(written.filter((isWritten) => isWritten === false).length).toBe(3);
  expect([...objects]).toEqual([['/bucket/a%20b/run.json', 'abcd'[written.indexOf(true)]]]);
});

test('a writer asks again while another is at it', async () => {
  const { objects, access } = await store(409, 409);
  expect(await putIfAbsent(access, 's3://bucket/run.json', 'text')).toBe(true);
  expect(objects.get('/bucket/run.json')).toBe('text');
});

test.each([400, 403, 501, 503])('a store that answers %i does not tell', async (status) => {
  const { objects, access } = await store(status);
  expect(await putIfAbsent(access, 's3://bucket/run.json', 'text')).toBeUndefined();
  expect(objects.size).toBe(0);
});

test('a store that does not answer does not tell', async () => {
  const access = { credentials, settings: { endpoint: { host: '127.0.0.1:1', useSsl: false } } };
  expect(await putIfAbsent(access, 's3://bucket/run.json', 'text')).toBeUndefined();
});
