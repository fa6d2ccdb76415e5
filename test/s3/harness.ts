import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Credentials } from '../../src/session/s3/credentials.ts';
import { FaultProxy } from './faultProxy.ts';
import type { Parts } from './parts.ts';

export const KEYS: S3Credentials = {
  accessKeyId: 'AKIDNEARDUCK',
  secretAccessKey: 'secret/of+nearduck0123456789',
};

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** An S3 server with one bucket, `bucket`, a proxy before it, and the command to run against the two. */
export class Harness {
  readonly proxy: FaultProxy;
  /** URL of the proxy. */
  readonly url: string;
  readonly port: number;
  /** A folder for this test run only. */
  readonly folder: string;
  readonly #parts: Parts;
  readonly #gateway: ChildProcess;

  private constructor(
    parts: Parts,
    at: Pick<Harness, 'proxy' | 'url' | 'port' | 'folder'>,
    gateway: ChildProcess,
  ) {
    this.#parts = parts;
    this.#gateway = gateway;
    ({ proxy: this.proxy, url: this.url, port: this.port, folder: this.folder } = at);
  }

  static async start(parts: Parts): Promise<Harness> {
    const folder = mkdtempSync(join(tmpdir(), 'nearduck-s3-'));
    for (const name of ['data/bucket', 'home']) mkdirSync(join(folder, name), { recursive: true });
    const port = await freePort();
    const env = { ...process.env, ROOT_ACCESS_KEY: KEYS.accessKeyId, ROOT_SECRET_KEY: KEYS.secretAccessKey };
    const args = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', join(folder, 'data')];
    const gateway = spawn(parts.gateway, args, { env, stdio: 'ignore' });
    await answering(`http://127.0.0.1:${port}/`);
    const proxy = new FaultProxy(port);
    const url = await proxy.listen();
    return new Harness(parts, { proxy, url, port, folder }, gateway);
  }

  stop(): void {
    this.proxy.close();
    this.#gateway.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Credentials and endpoint in the environment. */
  get environment(): NodeJS.ProcessEnv {
    return {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_ENDPOINT_URL_S3: this.url,
    };
  }

  spawn(args: readonly string[], env: NodeJS.ProcessEnv = this.environment): ChildProcess {
    const clean = Object.entries(process.env).filter(([name]) => !/^(?:AWS_|NEARDUCK_)/.test(name));
    return spawn(process.execPath, [this.#parts.cli, ...args], {
      cwd: this.folder,
      env: {
        ...Object.fromEntries(clean),
        HOME: join(this.folder, 'home'),
        AWS_EC2_METADATA_DISABLED: 'true',
        NEARDUCK_HTTPFS: this.#parts.httpfs,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliResult> {
    return ended(this.spawn(args, env));
  }

  /** Names of the objects below a prefix of the bucket, on the server's disk; uploads that are not finished, with `.sgwtmp/`. */
  objects(prefix: string): string[] {
    const files = readdirSync(join(this.folder, 'data/bucket', prefix), {
      recursive: true,
      withFileTypes: true,
    });
    return files
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name).slice(join(this.folder, 'data/bucket').length + 1),
      )
      .sort();
  }
}

export async function ended(child: ChildProcess): Promise<CliResult> {
  const start = performance.now();
  const end = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve([code, signal]));
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout!), text(child.stderr!), end]);
  return { code, signal, stdout, stderr, seconds: (performance.now() - start) / 1000 };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await fetch(url).then(Boolean, () => false)) return;
    await sleep(100);
  }
  throw new Error(`the S3 server does not answer at ${url}`);
}
