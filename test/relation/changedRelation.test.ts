import { tmpdir } from 'node:os';
import { FLOAT, INTEGER, VARCHAR, type DuckDBType } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { int32Column, int64Column, listColumn } from '../../src/columns/computedColumns.ts';
import { Connection } from '../../src/connection/connection.ts';
import type { TableFunction } from '../../src/connection/tableFunction.ts';
import { tableFunctions } from '../../src/functions/catalogue.ts';
import { tableFunctionOf } from '../../src/functions/definition.ts';
import { RelationChanged } from '../../src/errors.ts';
import { checkCentroidRelation, readCentroids } from '../../src/relation/readCentroids.ts';
import { readRelation, relationSource } from '../../src/relation/readRelation.ts';
import { describeRelation } from '../../src/relation/relation.ts';

async function open(functions: readonly TableFunction[] = []): Promise<Connection> {
  const connection = await Connection.open(undefined, { functions });
  onTestFinished(() => connection.closeSync());
  return connection;
}

const table = (id: string, embedding: string): string =>
  `CREATE OR REPLACE TABLE t AS SELECT ${id} AS id, ${embedding} AS embedding FROM range(1, 6) AS r(i)`;

/** Reads `t` as described after `before`, although `after` has changed it. */
async function readStale(before: string, after: string): Promise<unknown> {
  const connection = await open();
  await connection.run(before);
  const source = relationSource('f', await describeRelation(connection, 'f', 't'), 'id', 'embedding');
  await connection.run(after);
  return readRelation(source, {
    connection,
    signal: new AbortController().signal,
    progress: () => {},
    store: { memoryLimit: 2 ** 30, directory: tmpdir() },
    onInvalid: 'error',
  });
}

describe('a relation that changed since it was described is not read', () => {
  const FLOATS = '[i, 1]::FLOAT[]';
  test.each([
    ['ids', [`i::VARCHAR`, FLOATS], ['i::BIGINT', FLOATS], '"id" of relation \'t\' is no longer VARCHAR'],
    ['ids', ['i::TINYINT', FLOATS], ['i::HUGEINT', FLOATS], '"id" of relation \'t\' is no longer TINYINT'],
    ['ids', ['i::VARCHAR::BLOB', FLOATS], ['i::VARCHAR', FLOATS], '"id" of relation \'t\' is no longer BLOB'],
    ['ids', ['i::DECIMAL(4, 1)', FLOATS], ['i::DECIMAL(4, 2)', FLOATS], 'is no longer DECIMAL(4,1)'],
    [
      'ids',
      [`('m' || i)::ENUM ('m1', 'm2', 'm3', 'm4', 'm5')`, FLOATS],
      [`('m' || i)::ENUM ('m5', 'm4', 'm3', 'm2', 'm1')`, FLOATS],
      'is no longer ENUM',
    ],
    [
      'embeddings',
      ['i', FLOATS],
      ['i', '[i, 1]::FLOAT[2]'],
      '"embedding" of relation \'t\' is no longer FLOAT[]',
    ],
    ['embeddings', ['i', '[i, 1]::FLOAT[2]'], ['i', '[i, 1, 2]::FLOAT[3]'], 'is no longer FLOAT[2]'],
    ['embeddings', ['i', FLOATS], ['i', '[i, 1]::DOUBLE[]'], 'is no longer FLOAT[]'],
  ])('%s: %j, then %j', async (_, before, after, message) => {
    const error: unknown = await readStale(table(before[0], before[1]), table(after[0], after[1])).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(RelationChanged);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toContain('changed since the statement was prepared: prepare it again');
  });

  test('elements that are cast are read whatever they are', async () => {
    const rows = await readStale(table('i', '[i, 1]::INTEGER[]'), table('i', '[i, 1]::BIGINT[2]'));
    expect(rows).toHaveProperty('rowCount', 5);
  });

  test('centroids are cast, so that they can be read whatever they are', async () => {
    const connection = await open();
    await connection.run('CREATE TABLE c AS SELECT 0 AS centroid, [1, 2]::FLOAT[] AS embedding');
    const relation = await describeRelation(connection, 'f', 'c');
    checkCentroidRelation('f', relation);
    await connection.run(
      'CREATE OR REPLACE TABLE c AS SELECT 7::TINYINT AS centroid, [3, 4]::DOUBLE[2] AS embedding',
    );
    const { values, numbers } = await readCentroids(connection, 'f', relation);
    expect([...numbers, ...values]).toEqual([7, 3, 4]);
  });
});

/** A function that returns the numbers 1 to 3 and declares a type for them, another one at each bind. */
function declaring(types: readonly DuckDBType[]): { definition: TableFunction; binds: () => number } {
  let binds = 0;
  const definition: TableFunction = {
    name: 'declared',
    parameterTypes: [],
    namedParameterTypes: {},
    bind: () => ({
      columns: [{ name: 'n', type: types[Math.min(binds++, types.length - 1)] }],
      compute: async () => ({ rowCount: 3, columns: [int32Column(Int32Array.of(1, 2, 3))] }),
    }),
  };
  return { definition, binds: () => binds };
}

describe('rows of another type than declared are not scanned', () => {
  test('an error, after a few attempts', async () => {
    const { definition, binds } = declaring([VARCHAR]);
    const connection = await open([definition]);
    await expect(connection.run('FROM declared()')).rejects.toThrow(
      'Invalid Input Error: declared: column "n" of the result was VARCHAR, now it is INTEGER; ' +
        'the columns of the relation changed since the statement was prepared: prepare it again',
    );
    expect(binds()).toBeLessThan(10);
    expect((await connection.runAndReadAll('SELECT 1')).getRows()).toEqual([[1]]);
  });

  test('bound again, the statement gives the rows', async () => {
    const { definition } = declaring([VARCHAR, INTEGER]);
    const connection = await open([definition]);
    expect((await connection.runAndReadAll('FROM declared()')).getRows()).toEqual([[1], [2], [3]]);
  });

  test.each([2, 3, 4, 5])('a relation whose types change at each bind, %d in turn', async (every) => {
    let binds = 0;
    const definition: TableFunction = {
      name: 'changing',
      parameterTypes: [],
      namedParameterTypes: {},
      bind() {
        const isWide = binds++ % every === 0;
        const ids = isWide ? int64Column(BigInt64Array.of(1n, 2n)) : int32Column(Int32Array.of(1, 2));
        const embeddings = listColumn(FLOAT, Float32Array.of(1, 2, 3, 4), (row) => row * 2);
        return {
          columns: [
            { name: 'id', type: ids.type },
            { name: 'embedding', type: embeddings.type },
          ],
          compute: async () => ({ rowCount: 2, columns: [ids, embeddings] }),
        };
      },
    };
    const connection = await open([definition, ...tableFunctions.map(tableFunctionOf)]);
    connection.settings.set('backend', 'reference');
    for (const begin of ['SELECT 1', 'BEGIN']) {
      await connection.run(begin);
      const outcome = await connection
        .runAndReadAll(`SELECT id FROM kmeans('FROM changing()', 1) ORDER BY id`)
        .then((reader) => reader.getRows().flat().join())
        .catch((error: unknown) => (error as Error).message);
      expect(outcome).toMatch(
        /^1,2$|^Invalid Input Error: kmeans: "id" of relation 'FROM changing\(\)' is no longer (?:BIGINT|INTEGER); the columns of the relation changed since the statement was prepared: prepare it again$/,
      );
    }
  });
});
