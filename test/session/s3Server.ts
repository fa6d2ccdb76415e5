import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Credentials } from '../../src/session/s3/credentials.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The part of S3 that DuckDB reads with, for one set of keys. Requests signed with others get 403. */
export class S3Server {
  readonly objects = new Map<string, Buffer>();
  /** Times of the last change. Default: 1970. */
  readonly modified = new Map<string, Date>();
  /** Accepted requests, such as `HEAD /bucket/key`. */
  readonly requests: string[] = [];
  /** Session tokens of the accepted requests. */
  readonly tokens: (string | undefined)[] = [];
  accepted: S3Credentials;
  readonly #server: Server;

  constructor(accepted: S3Credentials) {
    this.accepted = accepted;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://server');
    if (!this.#isSigned(request, url))
      return void response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    this.requests.push(`${request.method} ${decodeURIComponent(url.pathname)}`);
    this.tokens.push(request.headers['x-amz-security-token'] as string | undefined);
    if (url.searchParams.has('list-type')) return void response.writeHead(200).end(this.#list(url));
    const path = decodeURIComponent(url.pathname);
    const body = this.objects.get(path);
    if (!body) return void response.writeHead(404).end();
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const [start, end] = range
      ? [Number(range[1]), Math.min(Number(range[2]) + 1, body.length)]
      : [0, body.length];
    response.writeHead(range ? 206 : 200, {
      'Content-Length': end - start,
      'Accept-Ranges': 'bytes',
      'Last-Modified': this.#timeOf(path).toUTCString(),
      ETag: '"1"',
      ...(range ? { 'Content-Range': `bytes ${start}-${end - 1}/${body.length}` } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body.subarray(start, end));
  }

  #list(url: URL): string {
    const bucket = url.pathname.replaceAll('/', '');
    const prefix = url.searchParams.get('prefix') ?? '';
    const entries = [...this.objects]
      .filter(([path]) => path.startsWith(`/${bucket}/${prefix}`))
      .map(
        ([path, body]) =>
          `<Contents><Key>${path.slice(bucket.length + 2)}</Key><LastModified>${this.#timeOf(path).toISOString()}</LastModified>` +
          `<ETag>&quot;1&quot;</ETag><Size>${body.length}</Size></Contents>`,
      );
    return `<ListBucketResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`;
  }

  #timeOf(path: string): Date {
    return this.modified.get(path) ?? new Date(0);
  }

  /** AWS Signature Version 4. */
  #isSigned({ method, headers }: IncomingMessage, url: URL): boolean {
    const match =
      /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(
        headers.authorization ?? '',
      );
    if (!match) return false;
    const [, keyId, day, region, names, signature] = match;
    const query = [...url.searchParams]
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .sort()
      .join('&');
    const canonical = [
      method,
      url.pathname,
      query,
      ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
      '',
      names,
      headers['x-amz-content-sha256'],
    ].join('\n');
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
    const { accessKeyId, secretAccessKey, sessionToken } = this.accepted;
    const key = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day));
    return (
      keyId === accessKeyId &&
      headers['x-amz-security-token'] === sessionToken &&
      hmac(key, text).toString('hex') === signature
    );
  }
}
