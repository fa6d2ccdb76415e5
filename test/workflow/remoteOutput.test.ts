import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RemoteOutput } from '../../src/output/remoteOutput.ts';
import type { RunFile } from '../../src/output/runFile.ts';
import { Session } from '../../src/session/session.ts';

// A local folder stands in for the object store: DuckDB's glob and COPY treat both alike.
describe('output on an object store', () => {
  let store: string;
  beforeEach(() => (store = mkdtempSync(join(tmpdir(), 'nearduck-store-'))));
  afterEach(() => rmSync(store, { recursive: true }));

  const options = { overwrite: false };

  async function write(session: Session, name: string, pattern: string): Promise<void> {
    mkdirSync(join(store, name), { recursive: true });
    await session.connection.run(
      `COPY (SELECT 1 AS id) TO '${store}/${name}' (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (${pattern}), OVERWRITE_OR_IGNORE true)`,
    );
  }

  test('run.json lists the files of the run, written when all are there', async () => {
    await using session = await Session.open();
    const output = new RemoteOutput(`${store}/`, options);
    await output.prepare(session.connection);
    for (const name of ['b', 'a']) await write(session, name, 'file_names()');
    await output.commit(session.connection, { seconds: 1 }, []);
    output.discard();
    const run = JSON.parse(readFileSync(join(store, 'run.json'), 'utf8')) as RunFile;
    expect(run).toMatchObject({ tool: 'nearduck', id: output.id, seconds: 1 });
    expect(run.files.map(({ path }) => path)).toEqual([
      `a/${output.id}_0.parquet`,
      `b/${output.id}_0.parquet`,
    ]);
    expect(run.files[0].bytes).toBe(readFileSync(join(store, run.files[0].path)).length);
  });

  test('a prefix with files is refused, and nothing is written there', async () => {
    await using session = await Session.open();
    writeFileSync(join(store, 'other.txt'), '');
    const output = new RemoteOutput(store, options);
    await expect(output.prepare(session.connection)).rejects.toThrow(
      /IO Error: output '.*' is not empty: it contains '.*other.txt'/,
    );
    output.discard();
    expect(await output.describeLeftovers(session.connection)).toBeUndefined();
    expect(readdirSync(store)).toEqual(['other.txt']);
  });

  test('a second run is refused from the moment the first has begun', async () => {
    await using session = await Session.open();
    const [first, second] = [new RemoteOutput(store, options), new RemoteOutput(store, options)];
    await first.prepare(session.connection);
    await expect(second.prepare(session.connection)).rejects.toThrow(
      `is not empty: it contains '${store}/nearduck-${first.id}.json'`,
    );
    first.discard();
    second.discard();
    expect(await second.describeLeftovers(session.connection)).toBeUndefined();
  });

  test('a run that fails says what it leaves, by name and size', async () => {
    await using session = await Session.open();
    const output = new RemoteOutput(store, options);
    await output.prepare(session.connection);
    await write(session, 'duplicates', 'file_names()');
    const remains = await output.describeLeftovers(session.connection);
    const sizes = [`nearduck-${output.id}.json`, `duplicates/${output.id}_0.parquet`].map(
      (path) => readFileSync(join(store, path)).length,
    );
    expect(remains).toBe(
      `2 objects of this run (${(sizes[0] + sizes[1]).toLocaleString('en-US')} bytes) are below '${store}', without the ` +
        `run.json that a complete one has: duplicates/${output.id}_0.parquet, nearduck-${output.id}.json; ` +
        `choose another prefix, or remove them with: the tool of the store`,
    );
    await output.commit(session.connection, {}, []);
    expect(await output.describeLeftovers(session.connection)).toBe(
      `the output below '${store}' is complete all the same: its run.json is there`,
    );
    output.discard();
  });

  test('objects of another run that came all the same make the run fail, not count', async () => {
    await using session = await Session.open();
    const output = new RemoteOutput(store, options);
    await output.prepare(session.connection);
    await write(session, 'duplicates', 'file_names()');
    await write(session, 'duplicates', `'data_{i}'`);
    await expect(output.commit(session.connection, {}, [])).rejects.toThrow(
      `'duplicates/data_0.parquet' appeared in output '${store}' during the run`,
    );
    output.discard();
    expect(readdirSync(store)).not.toContain('run.json');
  });

  test('a run that was planned there meanwhile is kept', async () => {
    await using session = await Session.open();
    const output = new RemoteOutput(store, options);
    await output.prepare(session.connection);
    await write(session, 'duplicates', 'file_names()');
    writeFileSync(join(store, 'run.json'), 'planned');
    await expect(output.commit(session.connection, {}, [])).rejects.toThrow(
      `'run.json' appeared in output '${store}' during the run`,
    );
    output.discard();
    expect(readFileSync(join(store, 'run.json'), 'utf8')).toBe('planned');
  });

  test('--overwrite is refused: objects cannot be replaced as a whole', () => {
    expect(() => new RemoteOutput('s3://bucket/out', { overwrite: true })).toThrow('choose another prefix');
  });

  test('the temporary folder of a killed process goes with the next one; those of others stay', () => {
    const made = new RemoteOutput(store, options);
    const owner = JSON.parse(readFileSync(join(made.temporary, 'owner.json'), 'utf8')) as object;
    const leave = (id: string, of: object): string => {
      const folder = join(tmpdir(), `nearduck-${id}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'owner.json'), JSON.stringify(of));
      writeFileSync(join(folder, 'duckdb_temp_storage_DEFAULT-0.tmp'), 'spilled');
      return folder;
    };
    // The pid was reused; a process of another machine; a folder with another name than its owner's id.
    const dead = leave('dead', { ...owner, id: 'dead', started: '1' });
    const elsewhere = leave('elsewhere', { ...owner, id: 'elsewhere', boot: 'x', started: '1' });
    const foreign = leave('foreign', { ...owner, id: 'other', started: '1' });
    const next = new RemoteOutput(store, options);
    try {
      expect([dead, elsewhere, foreign, made.temporary].map(existsSync)).toEqual([false, true, true, true]);
    } finally {
      for (const output of [made, next]) output.discard();
      for (const folder of [elsewhere, foreign]) rmSync(folder, { recursive: true });
    }
    expect(existsSync(made.temporary)).toBe(false);
  });
});
