import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DuckDBInstance } from '@duckdb/node-api';
import { bindInput } from '../../src/cli/dedup/input/bindInput.ts';
import { checkSource } from '../../src/cli/dedup/checks/checkInput.ts';
import { openInput } from '../../src/cli/dedup/input/input.ts';
import { asOptions, parseDedup, type DedupOptions } from '../../src/cli/dedup/options.ts';
import { sourceOf } from '../../src/cli/dedup/source.ts';
import { scriptsFor, variablesFor } from '../../src/cli/dedup/workflow.ts';
import { setVariables } from '../../src/session/variables.ts';
import type { Session } from '../../src/session/session.ts';
import { sqlScript } from '../../src/sqlScripts.ts';
import { runCli } from '../cli/runCli.ts';
import { npyBytes } from '../npy/npyBytes.ts';
import { openSession, query, temporaryFolder, unfolded } from './clips.ts';

/** Rows in pairs of copies: ids n0, n1, …, and `q`, which counts them. */
const rows = (first: number, end: number): string =>
  `SELECT 'n' || i AS id, [1, i // 2]::FLOAT[] AS embedding, i AS q FROM range(${first}, ${end}) AS t(i)`;

/** A folder with rows 0 to 5 in a.parquet and 6 to 9 in b.parquet. */
async function folderOfRows(): Promise<string> {
  const folder = temporaryFolder();
  await query(
    `COPY (${rows(0, 6)}) TO '${folder}/a.parquet'; COPY (${rows(6, 10)}) TO '${folder}/b.parquet'`,
  );
  return folder;
}

const dedup = (folder: string, args: readonly string[]) =>
  runCli(
    [
      'dedup',
      ...args,
      '--output',
      'out',
      '--overwrite',
      '--backend',
      'cpu',
      ...(args.includes('--eps') ? [] : ['--eps', '0']),
    ],
    '',
    folder,
  );

/** Runs dedup and returns its notices and the ids to drop. */
async function run(folder: string, args: readonly string[]): Promise<{ stderr: string; dropped: unknown[] }> {
  const { code, stderr } = await dedup(folder, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr });
  const ids = await query(`FROM '${folder}/out/duplicates/*.parquet' ORDER BY id`);
  return { stderr, dropped: ids.map(({ id }) => (typeof id === 'bigint' ? Number(id) : id)) };
}

/** The error about an input, before anything is computed. */
async function refused(folder: string, args: readonly string[]): Promise<string> {
  const options = parseDedup(args) as DedupOptions;
  const { connection } = await openSession();
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { input: texts, table, array } = options;
    const listed = await openInput(connection, { name: 'input', texts, table, array });
    const bound = await bindInput(connection, listed, options.embedding);
    const source = await sourceOf(connection, bound, options, () => {});
    await setVariables(
      { connection } as Session,
      variablesFor(source, { input: bound, against: undefined, output: 'out' }),
    );
    await checkSource({ connection } as Session, bound, source, () => {});
    await connection.run(sqlScript(scriptsFor(source)[0]));
    return '';
  } catch (error) {
    return asOptions((error as Error).message);
  } finally {
    process.chdir(before);
  }
}

describe('several inputs', () => {
  test('are read as one, each file once', async () => {
    const folder = await folderOfRows();
    expect(await run(folder, ['a.parquet', 'b.parquet', '--rank-by', 'q'])).toEqual({
      stderr: '',
      dropped: ['n1', 'n3', 'n5', 'n7', 'n9'],
    });
    const run1 = JSON.parse(readFileSync(join(folder, 'out/run.json'), 'utf8')) as Record<string, unknown>;
    expect(run1).toMatchObject({
      parameters: { input: ['a.parquet', 'b.parquet'] },
      input: [{ path: 'a.parquet' }, { path: 'b.parquet' }],
    });
    expect(await run(folder, ['a.parquet', '[ab]*.parquet', '--rank-by', 'q DESC'])).toEqual({
      stderr: `dedup: reads 2 files of 'a.parquet' and 1 more and leaves out 1 named twice ('./a.parquet')\n`,
      dropped: ['n0', 'n2', 'n4', 'n6', 'n8'],
    });
  });

  test('of several formats are refused, and each must be there', async () => {
    const folder = await folderOfRows();
    await query(`COPY (${rows(0, 2)}) TO '${folder}/c.jsonl' (FORMAT json)`);
    expect(await refused(folder, ['a.parquet', 'c.jsonl'])).toBe(
      `IO Error: inputs are of several formats: Parquet ('a.parquet') and JSON ('c.jsonl'); name files of one format`,
    );
    expect(await refused(folder, ['a.parquet', 'd.parquet'])).toContain(
      `no such file or folder: 'd.parquet'`,
    );
    expect(await refused(folder, ['a.parquet', '--table', 'x'])).toContain(
      `--table is for DuckDB files (.duckdb), and 'a.parquet' is not one`,
    );
    expect(await refused(folder, ['a.parquet', '--array', 'x'])).toContain(
      `--array is for .npz files, and 'a.parquet' is not one`,
    );
  });
});

describe('a DuckDB file', () => {
  async function database(): Promise<string> {
    const folder = temporaryFolder();
    const instance = await DuckDBInstance.create(join(folder, 'clips.duckdb'));
    const connection = await instance.connect();
    await connection.run(
      `CREATE SCHEMA "my schema"; CREATE TABLE "my schema"."my clips" AS ${rows(0, 6)};
       CREATE VIEW few AS SELECT * FROM "my schema"."my clips" WHERE q < 4;
       CREATE TABLE meta AS SELECT id, -q AS worth FROM "my schema"."my clips"`,
    );
    connection.closeSync();
    instance.closeSync();
    return folder;
  }

  test('a table or a view of it is read, and nothing in it changes', async () => {
    const folder = await database();
    const path = join(folder, 'clips.duckdb');
    const before = [readFileSync(path), statSync(path).mtimeMs];
    expect(
      (await run(folder, ['clips.duckdb', '--table', 'My Schema.my clips', '--rank-by', 'q'])).dropped,
    ).toEqual(['n1', 'n3', 'n5']);
    const joined = ['clips.duckdb', '--table', 'few', '--metadata', 'clips.meta', '--rank-by', 'worth'];
    expect((await run(folder, joined)).dropped).toEqual(['n0', 'n2']);
    expect(await query(`SELECT count(*) AS n FROM '${folder}/out/deduplicated/*.parquet'`)).toEqual([
      { n: 4n },
    ]);
    expect([readFileSync(path), statSync(path).mtimeMs]).toEqual(before);
  });

  test('its table may be the metadata too, and the commands that go on find it', async () => {
    const folder = await database();
    const args = ['clips.duckdb', '--table', 'few', '--metadata', 'clips.few', '--rank-by', 'q'];
    expect((await run(folder, args)).dropped).toEqual(['n1', 'n3']);
    expect(
      await query(`SELECT list(id ORDER BY id) AS ids FROM '${folder}/out/deduplicated/*.parquet'`),
    ).toEqual([{ ids: ['n0', 'n2'] }]);
    const { stdout } = await runCli(['dedup', ...args, '--output', 'look'], '', folder);
    expect(unfolded(stdout)).toMatch(
      /^Go on: +nearduck -c 'ATTACH IF NOT EXISTS '\\''clips\.duckdb'\\'' \(READ_ONLY\)' -set/m,
    );
  });

  test.each([
    [
      [],
      `'clips.duckdb' is a DuckDB database; name the table to read with --table; its tables are "few", "meta", "my schema.my clips"`,
    ],
    [
      ['--table', 'few1'],
      `'clips.duckdb' has no table "few1"; its tables are "few", "meta", "my schema.my clips". Did you mean: "few"`,
    ],
    [
      ['b.duckdb', '--table', 'few'],
      `'clips.duckdb' is a DuckDB database and must be the only input; name one input`,
    ],
    [['--table', 'meta'], `input 'clips.duckdb' has no column "embedding"; its columns are "id", "worth"`],
  ])('is refused with %j', async (more, message) => {
    expect(await refused(await database(), ['clips.duckdb', ...more])).toContain(message);
  });

  test('what is called so and is none', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x.duckdb'), 'SQLite format 3');
    expect(await refused(folder, ['x.duckdb', '--table', 'a'])).toBe(
      `IO Error: 'x.duckdb' is not a DuckDB database`,
    );
  });
});

describe('NumPy arrays', () => {
  /** Six rows in pairs of copies, in two files. */
  async function arrays(): Promise<string> {
    const folder = await folderOfRows();
    const part = (first: number, end: number): Buffer =>
      npyBytes(
        Array.from({ length: end - first }, (_, i) => [1, (first + i) >> 1]),
        2,
        { type: 'f4' },
      );
    writeFileSync(join(folder, 'e1.npy'), part(0, 4));
    writeFileSync(join(folder, 'e2.npy'), part(4, 6));
    return folder;
  }

  test('have row numbers for ids', async () => {
    const folder = await arrays();
    expect(await run(folder, ['e1.npy', 'e2.npy', '--rank-by', '"id"'])).toEqual({
      stderr: '',
      dropped: [1, 3, 5],
    });
    // Rows are numbered in the order in which the files are named.
    expect((await run(folder, ['e2.npy', 'e1.npy', '--rank-by', '"id" DESC'])).dropped).toEqual([0, 2, 4]);
  });

  test('of a .npz are named with --array', async () => {
    const file = join(import.meta.dirname, '../npy/files/deflated.npz');
    const folder = temporaryFolder();
    await run(folder, [file, '--array', 'embeddings', '--clusters', '2']);
    expect(
      await query(`SELECT count(*) AS n, max(id) AS last FROM '${folder}/out/kmeans_results/*.parquet'`),
    ).toEqual([{ n: 5000n, last: 4999n }]);
    expect(await refused(folder, [file])).toContain(
      `has several arrays; name one with --array: 'embeddings', 'other'`,
    );
  });

  test('have the ids of the metadata, by position', async () => {
    const folder = await arrays();
    const args = ['e?.npy', '--metadata', 'a.parquet', '--rank-by', 'q DESC'];
    expect(await run(folder, args)).toEqual({ stderr: '', dropped: ['n0', 'n2', 'n4'] });
    expect(
      await query(`SELECT list(q ORDER BY q) AS kept FROM '${folder}/out/deduplicated/*.parquet'`),
    ).toEqual([{ kept: [1n, 3n, 5n] }]);
    const numbered = `SELECT id, 5 - q AS row, q FROM 'a.parquet'`;
    expect((await run(folder, ['e?.npy', '--metadata', numbered, '--rank-by', '"id" DESC'])).dropped).toEqual(
      ['n0', 'n2', 'n4'],
    );
  });

  test('have row numbers where the metadata has no ids', async () => {
    const folder = await arrays();
    const notice = (metadata: string): string =>
      `dedup: metadata '${metadata}' has no column "id"; ids are row numbers, from 0\n`;
    const plain = `SELECT q FROM 'a.parquet'`;
    expect(await run(folder, ['e?.npy', '--metadata', plain, '--rank-by', 'q DESC'])).toEqual({
      stderr: notice(plain),
      dropped: [0, 2, 4],
    });
    expect(await query(`FROM '${folder}/out/deduplicated/*.parquet' ORDER BY row`)).toEqual([
      { row: 1n, q: 1n },
      { row: 3n, q: 3n },
      { row: 5n, q: 5n },
    ]);
    const numbered = `SELECT 5 - q AS row, q FROM 'a.parquet'`;
    expect(await run(folder, ['e?.npy', '--metadata', numbered, '--rank-by', 'q DESC'])).toEqual({
      stderr: notice(numbered),
      dropped: [1, 3, 5],
    });
  });

  test.each([
    [
      ['--metadata', 'b.parquet'],
      '1_load_by_position: the input has 6 rows and the metadata 4; each embedding needs one row of metadata',
    ],
    [
      ['--metadata', `SELECT q FROM 'b.parquet'`],
      `input 'e?.npy' has 6 rows and metadata 'SELECT q FROM 'b.parquet'' 4; each embedding needs one row`,
    ],
    [
      ['--metadata', `SELECT id, q + 1 AS row FROM 'a.parquet'`],
      'the column row of the metadata must number its 6 rows from 0, each once; it has 6 numbers from 1 to 6',
    ],
    [
      ['--metadata', 'a.parquet', '--id', 'key'],
      `neither input 'e?.npy' nor metadata 'a.parquet' has a column "key"; its columns are "id", "embedding", "q"`,
    ],
    [['--id', 'key'], `input 'e?.npy' has no column "key"; its columns are "row", "embedding"`],
    [['--array', 'x'], `e1.npy' is one array; leave out --array x`],
  ])('refused: %j', async (more, message) => {
    expect(await refused(await arrays(), ['e?.npy', ...more])).toContain(message);
  });
});

describe('metadata that is the input itself', () => {
  test.each([
    ['a file', 'a.parquet', './a.parquet'],
    ['a glob', '[ab].parquet', '[ab].parquet'],
    ['a folder and a glob', '.', '*.parquet'],
  ])('%s: its columns rank and are exported', async (_, input, metadata) => {
    const folder = await folderOfRows();
    // Not in the folder that is read.
    const args = [
      'dedup',
      input,
      '--metadata',
      metadata,
      '--rank-by',
      'q DESC',
      '--eps',
      '0',
      '--output',
      `${temporaryFolder()}/out`,
    ];
    const { code, stderr } = await runCli(args, '', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const kept = await query(
      `SELECT bool_and(q % 2 = 1) AS odd, count(embedding) AS n FROM '${args.at(-1)}/deduplicated/*.parquet'`,
    );
    expect(kept).toEqual([{ odd: true, n: input === 'a.parquet' ? 3n : 5n }]);
  });

  test('a folder, by its name', async () => {
    const folder = await folderOfRows();
    const { code, stderr } = await dedup(folder, [
      '[ab].parquet',
      '--metadata',
      '[ab].parquet',
      '--with-embeddings',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
