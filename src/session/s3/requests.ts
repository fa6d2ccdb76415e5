import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsSettings } from './awsSettings.ts';
import type { S3Credentials } from './credentials.ts';
import { encoded, signedHeaders } from './signature.ts';
import { ioError } from '../../errors.ts';

/** The keys that sign requests, and the service that receives them. */
export interface S3Access {
  readonly credentials: S3Credentials;
  readonly settings: AwsSettings;
}

/** One request for an object or a bucket. */
interface S3Request {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly bucket: string;
  /** The name of the object. Empty for the bucket itself. */
  readonly key: string;
  /** Sorted by name. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Headers that are not signed. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Time limit of one request in milliseconds. Requests carry a few kilobytes at most. */
const TIMEOUT = 10_000;
const DEFAULT_REGION = 'us-east-1';

/** Sends a request, without retries. @throws the errors of `fetch`, also after 10 s without an answer. */
async function send(
  { credentials, settings }: S3Access,
  { method, bucket, key, query = {}, body = '', headers }: S3Request,
): Promise<{ readonly status: number; readonly text: string }> {
  const { endpoint, region = DEFAULT_REGION } = settings;
  const origin = endpoint
    ? `${endpoint.useSsl ? 'https' : 'http'}://${endpoint.host}`
    : `https://s3.${region}.amazonaws.com`;
  const path = [bucket, ...key.split('/')].map(encoded).join('/');
  const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const url = new URL(`${origin}/${path}${pairs.length > 0 ? '?' : ''}${pairs.join('&')}`);
  const signed = signedHeaders({ method, url, region, body, now: new Date() }, credentials);
  const response = await fetch(url, {
    method,
    headers: { ...signed, ...headers },
    body: method === 'PUT' ? body : undefined,
    signal: AbortSignal.timeout(TIMEOUT),
  });
  return { status: response.status, text: await response.text() };
}

/** Number of tries while another writer writes the same object, and the milliseconds between two tries. */
const [TRIES, RETRY_WAIT_MS] = [20, 200];
const [CONFLICT, ALREADY_EXISTS] = [409, 412];

/**
 * Writes an object only if it does not exist, with a conditional PUT, which DuckDB does not have. One of
 * several concurrent writers succeeds. Returns true when it has written, false when the object exists, and
 * undefined when the store has no conditional PUT, refuses the request, or cannot be reached.
 */
export async function putIfAbsent(
  access: S3Access,
  path: string,
  text: string,
): Promise<boolean | undefined> {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/i.exec(path)!;
  const headers = { 'if-none-match': '*' };
  for (let tries = 0; tries < TRIES; tries++) {
    const status = await send(access, { method: 'PUT', bucket, key, body: text, headers }).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === CONFLICT) await sleep(RETRY_WAIT_MS);
    else if (status === ALREADY_EXISTS) return false;
    else return status !== undefined && status < 300 ? true : undefined;
  }
  return undefined;
}

/**
 * Aborts the multipart uploads of objects below `prefix` (`s3://bucket/…`) whose names contain `id`, and
 * returns their number. When writing a large object fails, DuckDB leaves such an upload behind: it is
 * invisible, and its storage is charged.
 * @throws NearduckError (IO Error) when S3 refuses to list or abort them.
 */
export async function abortUploads(access: S3Access, prefix: string, id: string): Promise<number> {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/i.exec(prefix)!;
  let count = 0;
  for (;;) {
    const query = {
      'encoding-type': 'url',
      prefix: key === '' ? '' : `${key.replace(/\/+$/, '')}/`,
      uploads: '',
    };
    const text = await answerOf(access, { method: 'GET', bucket, key: '', query });
    const uploads = [...text.matchAll(/<Upload>([^]*?)<\/Upload>/g)]
      .map(([, upload]) => ({ key: decoded(element(upload, 'Key')), uploadId: element(upload, 'UploadId') }))
      .filter((upload) => upload.key.slice(upload.key.lastIndexOf('/') + 1).includes(id));
    if (uploads.length === 0) return count;
    for (const upload of uploads)
      await answerOf(access, {
        method: 'DELETE',
        bucket,
        key: upload.key,
        query: { uploadId: upload.uploadId },
      });
    count += uploads.length;
  }
}

async function answerOf(access: S3Access, request: S3Request): Promise<string> {
  const { status, text } = await send(access, request);
  if (status < 300) return text;
  throw ioError(`S3: ${request.method} answered HTTP ${status} ${element(text, 'Code')}`.trimEnd());
}

const element = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&') ?? '';

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
