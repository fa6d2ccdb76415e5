import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RemoteFolder } from '../../src/cli/dedup/remoteFolder.ts';
import { Session } from '../../src/session/session.ts';

// A local folder stands in for the object store: DuckDB's glob and COPY treat both alike.
describe('output on an object store', () => {
  let store: string;
  beforeEach(() => (store = mkdtempSync(join(tmpdir(), 'nearduck-store-'))));
  afterEach(() => rmSync(store, { recursive: true }));

  test('a manifest lists the files, written when all are there', async () => {
    await using session = await Session.open();
    const folder = new RemoteFolder(`${store}/`, false);
    await folder.prepare(session);
    for (const name of ['b', 'a']) {
      mkdirSync(join(store, name));
      await session.connection.run(`COPY (SELECT 1 AS id) TO '${store}/${name}/data_0.parquet'`);
    }
    await folder.commit(session);
    folder.discard();
    const manifest = JSON.parse(readFileSync(join(store, 'manifest.json'), 'utf8')) as unknown;
    expect(manifest).toEqual({ files: [`${store}/a/data_0.parquet`, `${store}/b/data_0.parquet`] });
  });

  test('a prefix with files is refused', async () => {
    await using session = await Session.open();
    writeFileSync(join(store, 'other.txt'), '');
    const folder = new RemoteFolder(store, false);
    await expect(folder.prepare(session)).rejects.toThrow(
      /IO Error: output '.*' is not empty: there is '.*other.txt'/,
    );
    folder.discard();
  });

  test('--overwrite is refused: objects cannot be replaced as a whole', () => {
    expect(() => new RemoteFolder('s3://bucket/out', true)).toThrow('choose another prefix');
  });
});
