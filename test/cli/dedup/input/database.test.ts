import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { attachTable } from '../../../../src/cli/dedup/input/database.ts';
import { openSession, temporaryFolder } from '../../../workflow/clips.ts';

async function database(name: string): Promise<string> {
  const folder = temporaryFolder();
  const [made, path] = ['made.duckdb', name].map((file) => join(folder, file));
  const instance = await DuckDBInstance.create(made);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE t AS SELECT 1 AS x; CREATE TABLE "a ""b""" AS SELECT 1 AS x`);
  connection.closeSync();
  instance.closeSync();
  renameSync(made, path);
  return path;
}

test.each(['memory.duckdb', 'TEMP.db', 'system.x.duckdb', 'a"b.duckdb', '.duckdb'])(
  '%s is refused: its name is taken, or none',
  async (name) => {
    const { connection } = await openSession();
    await expect(attachTable(connection, await database(name), 't')).rejects.toThrow(
      /^Binder Error: '.*' cannot be attached as ".*"; give the file, or a link to it, another name$/,
    );
  },
);

test('a table with a quote in its name is refused', async () => {
  const { connection } = await openSession();
  const path = await database(`it's.duckdb`);
  expect(await attachTable(connection, path, 'T')).toBe(`"it's"."main"."t"`);
  await expect(attachTable(connection, path, 'a "b"')).rejects.toThrow(
    'Binder Error: table "a "b"" has a quote in its name; make a view of it with another name',
  );
});
