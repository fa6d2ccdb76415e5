import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bindInput, fromInput } from '../../../../src/cli/dedup/input/bindInput.ts';
import { leftOutNotice, openInput } from '../../../../src/cli/dedup/input/input.ts';
import { walkPrefix } from '../../../../src/cli/dedup/input/list.ts';
import {
  checkUnchanged,
  inputSnapshot,
  metadataSnapshot,
} from '../../../../src/cli/dedup/input/unchanged.ts';
import { secretStatement } from '../../../../src/session/s3/s3Secrets.ts';
import { openWithHttpfs } from '../../../session/openWithHttpfs.ts';
import { S3Server } from '../../../session/s3Server.ts';
import { openSession, query, temporaryFolder } from '../../../workflow/clips.ts';

// A local folder replaces the object store, because DuckDB's glob and read_blob treat both alike.
test('a prefix is listed by the rules of a folder', async () => {
  const store = temporaryFolder();
  for (const name of ['a.parquet', 'x/B.PARQUET', '_tmp/c.parquet', 'x/.d', '_k=v/e.parquet', 'notes.txt']) {
    mkdirSync(dirname(join(store, name)), { recursive: true });
    writeFileSync(join(store, name), 'xy');
  }
  const { connection } = await openSession();
  const { files, leftOut } = await walkPrefix(connection, `${store}/`);
  expect(files.map(({ path, bytes }) => [path.slice(store.length + 1), bytes]).sort()).toEqual([
    ['_k=v/e.parquet', 2],
    ['a.parquet', 2],
    ['x/B.PARQUET', 2],
  ]);
  expect(leftOut.map(({ path, reason }) => `${reason} ${path.slice(store.length + 1)}`).sort()).toEqual([
    'format notes.txt',
    'hidden _tmp/c.parquet',
    'hidden x/.d',
  ]);
});

const connection = await openWithHttpfs('input on S3');

describe.skipIf(connection === undefined)('input on S3', () => {
  const keys = { accessKeyId: 'AKIDINPUT', secretAccessKey: 'secret' };
  const server = new S3Server(keys);
  let parquet: Buffer;
  let json: Buffer;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nearduck-remote-'));
    await query(`COPY (SELECT 1 AS id, [1, 2]::FLOAT[] AS embedding) TO '${folder}/a.parquet'`);
    parquet = readFileSync(join(folder, 'a.parquet'));
    json = Buffer.from('{"id": 1, "embedding": [1, 2.5]}\n');
    const host = await server.listen();
    await connection!.run(secretStatement(keys, { region: 'eu-west-3', endpoint: { host, useSsl: false } }));
  });
  beforeEach(() => {
    server.objects.clear();
    server.modified.clear();
    server.requests.length = 0;
  });
  afterAll(() => {
    server.close();
    connection?.closeSync();
  });

  const put = (...names: readonly string[]): void => {
    for (const name of names)
      server.objects.set(
        `/bucket/${name}`,
        name.endsWith('/') ? Buffer.alloc(0) : /\.parquet$/i.test(name) ? parquet : json,
      );
  };

  /** The files that an input lists, and the number of rows in them. */
  async function read(text: string): Promise<{ files: string[]; rows: number }> {
    const input = await bindInput(
      connection!,
      await openInput(connection!, { name: 'input', texts: [text] }),
      'embedding',
    );
    const counted = await connection!.runAndReadAll(`SELECT count(*) FROM ${fromInput(input)}`);
    return {
      files: input.files.map(({ path }) => path.slice('s3://bucket/'.length)),
      rows: Number(counted.getRows()[0][0]),
    };
  }

  test('a prefix: all files of one format at any depth', async () => {
    put('in/a.parquet', 'in/B.PARQUET', 'in/x/y/c.parquet', 'in/x/', 'in/_SUCCESS', 'input/d.parquet');
    const files = ['in/a.parquet', 'in/B.PARQUET', 'in/x/y/c.parquet'];
    const { files: found, rows } = await read('s3://bucket/in');
    expect({ files: found.sort(), rows }).toEqual({ files: files.sort(), rows: 3 });
    expect(leftOutNotice(await openInput(connection!, { name: 'input', texts: ['s3://bucket/in/'] }))).toBe(
      `reads 3 files of 's3://bucket/in/' and leaves out 1 whose name begins with . or _ ('s3://bucket/in/_SUCCESS')`,
    );
  });

  test('is listed without asking for each object', async () => {
    put('in/a.parquet', 'in/b.parquet', 'in/c.parquet');
    const { files } = await openInput(connection!, { name: 'input', texts: ['s3://bucket/in'] });
    expect(files[0]).toEqual({
      path: 's3://bucket/in/a.parquet',
      bytes: parquet.length,
      modified: '1970-01-01T00:00:00.000Z',
    });
    expect(server.requests).toEqual(['GET /bucket/']);
  });

  test('a mix of formats is refused', async () => {
    put('in/a.parquet', 'in/b.ndjson', 'in/c.jsonl');
    await expect(openInput(connection!, { name: 'input', texts: ['s3://bucket/in'] })).rejects.toThrow(
      `folder 's3://bucket/in' holds files of several formats: 1 Parquet file ('s3://bucket/in/a.parquet'), 2 JSON files ` +
        `(such as 's3://bucket/in/b.ndjson'); choose with 's3://bucket/in/**/*.parquet' or 's3://bucket/in/**/*.ndjson' or `,
    );
    expect(await read('s3://bucket/in/**/*.ndjson')).toEqual({ files: ['in/b.ndjson'], rows: 1 });
  });

  test('names with brackets are names; a pattern is one where no such name is there', async () => {
    put('run[1]/a.parquet', 'run1/b.parquet', 'one[2].parquet', 'one2.parquet', 'lone1/c.parquet');
    expect((await read('s3://bucket/run[1]')).files).toEqual(['run[1]/a.parquet']);
    expect((await read('s3://bucket/one[2].parquet')).files).toEqual(['one[2].parquet']);
    expect((await read('s3://bucket/run[[]1]/*')).files).toEqual(['run[1]/a.parquet']);
    expect((await read('s3://bucket/lone[1]/c.parquet')).files).toEqual(['lone1/c.parquet']);
  });

  test('a single object, a folder named like one, one with parameters, and none', async () => {
    put('a.parquet', 'set.parquet/part-0.parquet');
    expect((await read('s3://bucket/a.parquet')).files).toEqual(['a.parquet']);
    expect((await read('s3://bucket/set.parquet')).files).toEqual(['set.parquet/part-0.parquet']);
    expect((await read('s3://bucket/a.parquet?s3_region=eu-west-3')).rows).toBe(1);
    await expect(openInput(connection!, { name: 'input', texts: ['s3://bucket/b.parquet'] })).rejects.toThrow(
      '404',
    );
    await expect(openInput(connection!, { name: 'input', texts: ['s3://bucket/nothing'] })).rejects.toThrow(
      `IO Error: no such file or folder: 's3://bucket/nothing'`,
    );
    await expect(openInput(connection!, { name: 'input', texts: ['s3://bucket/*.json'] })).rejects.toThrow(
      `no files found that match the pattern 's3://bucket/*.json'`,
    );
  });

  test('objects that change are an error', async () => {
    put('in/a.parquet', 'in/b.parquet', 'in/c.jsonl', 'meta.parquet');
    server.objects.delete('/bucket/in/c.jsonl');
    const input = await openInput(connection!, { name: 'input', texts: ['s3://bucket/in'] });
    const metadata = await metadataSnapshot(connection!, {
      input: ['s3://bucket/clips.parquet'],
      metadata: 's3://bucket/meta.parquet',
    });
    const snapshots = [inputSnapshot(connection!, input), metadata!];
    await checkUnchanged(snapshots);
    server.modified.set('/bucket/in/a.parquet', new Date(86_400_000));
    server.objects.set('/bucket/in/b.parquet', Buffer.alloc(2000));
    put('in/d.parquet');
    server.modified.set('/bucket/meta.parquet', new Date(2 * 86_400_000));
    await expect(checkUnchanged(snapshots)).rejects.toThrow(
      `IO Error: files changed while they were read: 's3://bucket/in/a.parquet' was modified at 1970-01-02T00:00:00.000Z, ` +
        `'s3://bucket/in/b.parquet' grew from ${parquet.length} to 2,000 bytes, 's3://bucket/in/d.parquet' was added and 1 more;`,
    );
  });

  test('a web address is a single file, whatever characters are in it', async () => {
    const web = createServer((request, response) => {
      const found = request.url!.startsWith('/a[1].parquet');
      response.writeHead(found ? 200 : 404, { 'Content-Length': found ? parquet.length : 0 });
      response.end(found && request.method === 'GET' ? parquet : undefined);
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    try {
      const host = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
      const input = await openInput(connection!, { name: 'input', texts: [`${host}/a[1].parquet?b=c`] });
      expect(input).toMatchObject({ reader: 'read_parquet', files: [{ bytes: parquet.length }] });
      await expect(openInput(connection!, { name: 'input', texts: [`${host}/b.parquet`] })).rejects.toThrow(
        '404',
      );
    } finally {
      web.closeAllConnections();
      web.close();
    }
  });
});
