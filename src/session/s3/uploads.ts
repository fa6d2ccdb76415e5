import { ioError } from '../../errors.ts';
import type { AwsSettings } from './awsSettings.ts';
import type { S3Credentials } from './credentials.ts';
import { encoded, signedHeaders } from './signature.ts';

export interface S3Access {
  readonly credentials: S3Credentials;
  readonly settings: AwsSettings;
}

/** Timeout of one request in milliseconds. It is short because the requests only clean up. */
const TIMEOUT = 10_000;
const DEFAULT_REGION = 'us-east-1';

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
    const text = await send(access, 'GET', bucket, '', {
      'encoding-type': 'url',
      prefix: key === '' ? '' : `${key.replace(/\/+$/, '')}/`,
      uploads: '',
    });
    const uploads = [...text.matchAll(/<Upload>([^]*?)<\/Upload>/g)]
      .map(([, upload]) => ({ key: decoded(element(upload, 'Key')), uploadId: element(upload, 'UploadId') }))
      .filter((upload) => upload.key.slice(upload.key.lastIndexOf('/') + 1).includes(id));
    if (uploads.length === 0) return count;
    for (const upload of uploads)
      await send(access, 'DELETE', bucket, upload.key, { uploadId: upload.uploadId });
    count += uploads.length;
  }
}

async function send(
  { credentials, settings }: S3Access,
  method: string,
  bucket: string,
  key: string,
  query: Readonly<Record<string, string>>,
): Promise<string> {
  const { endpoint, region = DEFAULT_REGION } = settings;
  const origin = endpoint
    ? `${endpoint.useSsl ? 'https' : 'http'}://${endpoint.host}`
    : `https://s3.${region}.amazonaws.com`;
  const path = [bucket, ...key.split('/')].map(encoded).join('/');
  const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const url = new URL(`${origin}/${path}?${pairs.join('&')}`);
  const headers = signedHeaders({ method, url, region, now: new Date() }, credentials);
  const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT) });
  const text = await response.text();
  if (!response.ok)
    throw ioError(`S3: ${method} answered HTTP ${response.status} ${element(text, 'Code')}`.trimEnd());
  return text;
}

const element = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&') ?? '';

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
