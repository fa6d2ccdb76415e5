import { createHash, createHmac } from 'node:crypto';
import type { S3Credentials } from './credentials.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encodes all characters except letters, digits and `-_.~`, as AWS signatures require. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** A request to sign. `now` is the time of the signature. */
export interface UnsignedRequest {
  readonly method: string;
  /** The URL. Its path and query are encoded by `encoded`, and its query is sorted by name. */
  readonly url: URL;
  readonly region: string;
  readonly body: string;
  readonly now: Date;
}

/** Returns the headers that sign a request: AWS Signature Version 4. */
export function signedHeaders(
  { method, url, region, body, now }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': time,
    ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, url.pathname, url.search.slice(1), lines.join(''), names, sha256(body)].join(
    '\n',
  );
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, ` +
      `Signature=${signature}`,
  };
}
