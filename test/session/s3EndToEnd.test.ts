import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadHttpfs } from '../../src/session/s3/httpfs.ts';
import { S3Secrets } from '../../src/session/s3/s3Secrets.ts';
import { openWithHttpfs } from './openWithHttpfs.ts';
import { S3Server } from './s3Server.ts';

const connection = await openWithHttpfs('S3 end to end');

const sum = async (path: string): Promise<unknown> =>
  (await connection!.runAndReadAll(`SELECT sum(id)::BIGINT FROM '${path}'`)).getRows()[0][0];

describe.skipIf(connection === undefined)('S3 end to end', () => {
  const first = { accessKeyId: 'AKIDFIRST', secretAccessKey: `it's/+se cret`, sessionToken: 'first==' };
  const second = { accessKeyId: 'AKIDSECOND', secretAccessKey: 'another', sessionToken: 'second' };
  const server = new S3Server(first);
  let host: string;

  beforeAll(async () => {
    host = await server.listen();
    const file = join(tmpdir(), `nearduck-s3-${process.pid}.parquet`);
    await connection!.run(`COPY (SELECT i AS id FROM range(1000) AS r(i)) TO '${file}' (FORMAT parquet)`);
    server.objects.set('/clips/part 1/a.parquet', readFileSync(file));
  });
  afterAll(() => {
    server.close();
    connection?.closeSync();
  });

  test('DuckDB signs with the keys of the provider, and with new ones when they change', async () => {
    let now = 0;
    const keys = [first, second];
    const secrets = new S3Secrets({
      settings: { region: 'eu-west-3', endpoint: { host, useSsl: false } },
      provider: async () => ({ ...keys.shift()!, expiration: new Date(now + 3_600_000) }),
      now: () => now,
    });
    await loadHttpfs(connection!);
    await secrets.ensure(connection!);
    expect(await sum('s3://clips/part 1/a.parquet')).toBe(499_500n);
    expect(await sum('s3://clips/*/*.parquet')).toBe(499_500n);
    expect(new Set(server.tokens)).toEqual(new Set(['first==']));

    server.accepted = second;
    server.tokens.length = 0;
    await expect(sum('s3://clips/part 1/a.parquet')).rejects.toThrow(/403/);
    now = 3_400_000;
    await secrets.ensure(connection!);
    expect(await sum('s3://clips/part 1/a.parquet')).toBe(499_500n);
    expect(new Set(server.tokens)).toEqual(new Set(['second']));

    const listed = await connection!.runAndReadAll(
      `SELECT name, storage, secret_string FROM duckdb_secrets()`,
    );
    expect(listed.getRows().map(([name, storage]) => [name, storage])).toEqual([['nearduck_s3', 'memory']]);
    expect(JSON.stringify(listed.getRows())).not.toContain('another');
  });

  test('a secret of the user’s own for all of s3:// is left in charge', async () => {
    await connection!.run(
      `DROP SECRET nearduck_s3; CREATE SECRET mine (TYPE s3, KEY_ID 'theirs', SECRET 'x')`,
    );
    await new S3Secrets({ settings: {}, provider: async () => first }).ensure(connection!);
    const reader = await connection!.runAndReadAll(`SELECT name FROM duckdb_secrets()`);
    expect(reader.getRows()).toEqual([['mine']]);
  });
});
