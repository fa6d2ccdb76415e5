import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { catalogue } from '../../src/functions/catalogue.ts';
import { memoryPlan } from '../../src/algorithms/memoryPlan.ts';
import { Connection } from '../../src/connection/connection.ts';
import { openBackends } from '../../src/functions/context.ts';
import { Session } from '../../src/session/session.ts';
import { backendsUsed } from '../support/backends.ts';
import { textRows } from '../support/values.ts';

const VECTORS = `CREATE TABLE embeddings AS SELECT i AS id, [cos(i), sin(i)]::FLOAT[] AS embedding FROM range(20) AS t(i)`;

describe('the catalogue', () => {
  test('has the functions of the contract', () => {
    const names = catalogue.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'kmeans',
        'kmeans_centroids',
        'kmeans_assign',
        'pairwise',
        'invalid_embeddings',
      ]),
    );
  });

  test('is what DuckDB lists', async () => {
    await using session = await Session.open();
    for (const { name, parameters } of catalogue.filter(({ kind }) => kind === 'table function')) {
      const reader = await session.connection.runAndReadAll(
        `SELECT list_sort(parameters) FROM duckdb_functions() WHERE function_name = '${name}'`,
      );
      // DuckDB names positional parameters itself.
      for (const { name: parameter, default: fallback } of parameters) {
        expect(fallback === undefined || String(reader.getRows()[0][0]).includes(parameter)).toBe(true);
      }
    }
  });

  test('every macro has a comment', async () => {
    await using session = await Session.open();
    const reader = await session.connection.runAndReadAll(
      `SELECT function_name FROM duckdb_functions() WHERE NOT internal AND function_type LIKE '%macro' AND comment IS NULL`,
    );
    expect(reader.getRows()).toEqual([]);
  });
});

describe('notices and progress', () => {
  test('on_invalid := skip says how many rows were left out, and why', async () => {
    const notices: string[] = [];
    await using session = await Session.open({ backend: 'cpu', onNotice: (text) => notices.push(text) });
    await session.connection.run(VECTORS);
    const relation = `SELECT id, CASE WHEN id < 3 THEN NULL WHEN id = 3 THEN [0, 0] ELSE embedding END AS embedding FROM embeddings`;
    await session.connection.run(`FROM kmeans('${relation}', 2, on_invalid := 'skip')`);
    await session.connection.run(
      `FROM pairwise('${relation}', which_to_keep := 'random', cluster := NULL, on_invalid := 'skip')`,
    );
    await session.connection.run(`FROM kmeans('embeddings', 2, on_invalid := 'skip')`);
    await session.connection.run(`FROM invalid_embeddings('${relation}')`);
    expect(notices).toEqual([
      'kmeans: left out 4 of 20 rows: 3 with NULL embedding, 1 with zero norm',
      'pairwise: left out 4 of 20 rows: 3 with NULL embedding, 1 with zero norm',
    ]);
  });

  test('each step counts up to its end', async () => {
    const last = new Map<string, number>();
    const totals = new Map<string, number | undefined>();
    await using session = await Session.open({
      backend: 'cpu',
      onProgress: ({ step, done, total }) => void (last.set(step, done), totals.set(step, total)),
    });
    await session.connection.run(VECTORS);
    await session.connection.run(`FROM kmeans_pairwise('embeddings', 3)`);
    expect([last.get('read rows'), last.get('assign')]).toEqual([20, 20]);
    // At least the pairs of three clusters.
    expect(totals.get('pairwise')).toBeGreaterThanOrEqual(57);
    expect(last.get('pairwise')).toBe(totals.get('pairwise'));
    expect(last.get('k-means')).toBeGreaterThan(0);
  });
});

describe('the backend', () => {
  const call = `FROM pairwise('embeddings', which_to_keep := 'random', cluster := NULL)`;

  test.each([
    ['the session', [], call, 'reference'],
    ['the variable', [`SET VARIABLE nearduck_backend = 'cpu'`], call, 'cpu'],
    [
      'the parameter',
      [`SET VARIABLE nearduck_backend = 'reference'`],
      call.replace(')', `, backend := 'cpu')`),
      'cpu',
    ],
  ])('is chosen by %s', async (_, before, sql, expected) => {
    await using session = await Session.open({ backend: 'reference' });
    for (const statement of [VECTORS, ...before, sql]) await session.connection.run(statement);
    expect(await backendsUsed(session)).toEqual([expected]);
  });
});

test('a second connection to the database of a session has its functions', async () => {
  await using session = await Session.open({ backend: 'reference' });
  await session.connection.run(VECTORS);
  const second = await Connection.open(session.instance);
  const reader = await second.runAndReadAll(
    `SELECT count(*) FROM kmeans('embeddings', 2, backend := 'reference')`,
  );
  expect(reader.getRows()).toEqual([[20n]]);
  second.closeSync();
});

describe('memory limits', () => {
  test.each(['1MB', '1000000', '1.5 MiB', '4GB', '2 tib'])('%j is a size', async (memoryLimit) => {
    await using session = await Session.open({ memoryLimit });
    expect(session.connection.settings.get('memoryLimit')).toBe(memoryLimit);
  });

  test.each(['', 'much', '-1GB', '999kB', '1 XB', 'NaN'])('%j is none', async (memoryLimit) => {
    await expect(Session.open({ memoryLimit })).rejects.toThrow(
      `Invalid Input Error: memory limit must be a size of at least 1MB, such as '4GB' or '512MiB', got '${memoryLimit}'`,
    );
  });

  test('the variable wins, and is checked when a function runs', async () => {
    await using session = await Session.open({ backend: 'cpu', memoryLimit: '1GB' });
    await session.connection.run(`${VECTORS}; SET VARIABLE nearduck_memory_limit = 'little'`);
    await expect(session.connection.run(`FROM kmeans('embeddings', 2)`)).rejects.toThrow(`got 'little'`);
  });

  test('a small one gives the answer of a large one', async () => {
    const [rows, dim] = [6000, 64];
    expect(rows * dim * 4).toBeGreaterThan(memoryPlan(1e6).store);
    const results: string[][][] = [];
    for (const memoryLimit of ['1MB', '1GB']) {
      await using session = await Session.open({ backend: 'cpu', memoryLimit });
      await session.connection.run(
        `CREATE TABLE embeddings AS
         SELECT i AS id, list_transform(range(${dim}), lambda d: sin(i % 900 * (d + 1) + d) + 0.001 * i // 900)::FLOAT[] AS embedding
         FROM range(${rows}) AS t(i)`,
      );
      const reader = await session.connection.runAndReadAll(
        `FROM kmeans_pairwise('embeddings', 4) ORDER BY id`,
      );
      results.push(textRows(reader));
    }
    expect(results[0]).toHaveLength(rows);
    expect(results[0]).toEqual(results[1]);
  });
});

test.each([
  [`SET threads = 300`, availableParallelism()],
  [`SET threads = 1`, 1],
  [`SET threads = 3; SET VARIABLE nearduck_memory_limit = '10MB'`, 1],
])('%s: the CPU backend uses %d threads, from the next statement on', async (sql, threads) => {
  await using session = await Session.open({ backend: 'cpu' });
  await session.connection.run(`${VECTORS}; SET threads = 2; FROM kmeans('embeddings', 2)`);
  await session.connection.run(`${sql}; FROM kmeans('embeddings', 2)`);
  const [{ kernels }] = await openBackends(session.connection.settings);
  expect(kernels.device).toMatch(new RegExp(` ${threads} threads?$`));
});

describe('threads of DuckDB', () => {
  const threads = async (config?: Record<string, string>): Promise<number> => {
    await using session = await Session.open({ config });
    const reader = await session.connection.runAndReadAll(`SELECT current_setting('threads')`);
    return Number(reader.getRows()[0][0]);
  };

  test('are one more than its own default, unless they are given', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(`SELECT current_setting('threads')`);
    const usual = Number(reader.getRows()[0][0]);
    connection.closeSync();
    instance.closeSync();
    expect(await threads()).toBe(usual + 1);
    expect(await threads({ threads: '1' })).toBe(1);
    expect(await threads({ threads: '7' })).toBe(7);
  });

  test('stay as they are where the configuration is locked', async () => {
    expect(await threads({ lock_configuration: 'true' })).toBeGreaterThan(0);
  });
});

describe('a database file', () => {
  test('keeps tables, and opens without the right to change it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nearduck-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const database = join(folder, 'clips.db');
    {
      await using session = await Session.open({ database, backend: 'cpu' });
      await session.connection.run(
        `${VECTORS}; CREATE TABLE pairs AS FROM pairwise('embeddings', which_to_keep := 'random', cluster := NULL)`,
      );
    }
    await using session = await Session.open({ database, backend: 'cpu', readonly: true });
    const reader = await session.connection.runAndReadAll(
      `SELECT (SELECT count(*) FROM pairs), (SELECT count(*) FROM kmeans('embeddings', 3)), (SELECT count(*) FROM eps_curve('pairs')) > 0`,
    );
    expect(reader.getRows()).toEqual([[20n, 20n, true]]);
    await expect(session.connection.run('DROP TABLE pairs')).rejects.toThrow(/read-only/);
  });

  test('that cannot be opened is an error', async () => {
    await expect(Session.open({ database: '/nowhere/at/all.db' })).rejects.toThrow(
      /^IO Error: Cannot open file/,
    );
  });
});
