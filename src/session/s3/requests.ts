import type { AwsSettings } from './awsSettings.ts';
import type { S3Credentials } from './credentials.ts';
import { encoded, signedHeaders } from './signature.ts';

/** The keys that sign requests, and the service that receives them. */
export interface S3Access {
  readonly credentials: S3Credentials;
  readonly settings: AwsSettings;
}

/** One request for an object or a bucket. */
export interface S3Request {
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
export async function send(
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
