import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { recordBatches, arrowTable, toArrow } from '../../src/arrow/recordBatches.ts';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { Workbench } from './open.ts';

const bench = new Workbench();

/** The number of rows per batch, for a result of 10,000 rows. */
const sizes = async (options: { batchRows?: number; batchBytes?: number }): Promise<number[]> => {
  const result = await bench.connection.stream(`SELECT i FROM range(10000) AS r(i)`);
  const counts = [];
  for await (const batch of await recordBatches(result, options)) counts.push(batch.numRows);
  return counts;
};

describe('toArrow', () => {
  test.each([
    [`(-3)::TINYINT`, 'Int8', -3],
    [`65535::USMALLINT`, 'Uint16', 65535],
    [`(-9007199254740993)::BIGINT`, 'Int64', -9007199254740993n],
    [`18446744073709551615::UBIGINT`, 'Uint64', 18446744073709551615n],
    [`0.1::FLOAT`, 'Float32', Math.fround(0.1)],
    [`'-inf'::DOUBLE`, 'Float64', -Infinity],
    [`true`, 'Bool', true],
    [`'duck 🦆, longer than twelve bytes'`, 'Utf8', 'duck 🦆, longer than twelve bytes'],
    [`''`, 'Utf8', ''],
    [String.raw`'\x00\xFF'::BLOB`, 'Binary', Uint8Array.of(0, 255)],
    [`'123e4567-e89b-12d3-a456-426614174000'::UUID`, 'Utf8', '123e4567-e89b-12d3-a456-426614174000'],
    [`'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID`, 'Utf8', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    [`'b'::ENUM('a', 'b')`, 'Dictionary<Uint8, Utf8>', 'b'],
    [`DATE '1969-12-31'`, 'Date32<DAY>', -86_400_000],
    [`TIMESTAMP '2024-02-29 01:02:03.004'`, 'Timestamp<MICROSECOND>', Date.UTC(2024, 1, 29, 1, 2, 3, 4)],
    [`TIMESTAMPTZ '2024-02-29 01:02:03+00'`, 'Timestamp<MICROSECOND, UTC>', Date.UTC(2024, 1, 29, 1, 2, 3)],
    [`NULL`, 'Int32', null],
  ])('%s is %s', async (expression, type, value) => {
    const table = await arrowTable(bench.connection, `SELECT ${expression} AS x`);
    expect(table.schema.fields.map(String)).toEqual([`x: ${type}`]);
    expect(table.getChild('x')!.get(0)).toEqual(value);
  });

  test.each([
    ['DECIMAL(4,1)', '-999.9', -9999n],
    ['DECIMAL(9,2)', '1234567.89', 123456789n],
    ['DECIMAL(18,3)', '-0.001', -1n],
    ['DECIMAL(38,0)', '-99999999999999999999999999999999999999', -99999999999999999999999999999999999999n],
    ['HUGEINT', '-170141183460469231731687303715884105', -170141183460469231731687303715884105n],
  ])('%s becomes a 128-bit decimal', async (type, text, unscaled) => {
    const table = await arrowTable(bench.connection, `SELECT '${text}'::${type} AS x`);
    const words = table.getChild('x')!.get(0) as Uint32Array;
    const bits = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
    expect(BigInt.asIntN(128, bits)).toBe(unscaled);
  });

  test('lists, arrays, structs and maps, with NULLs at every level', async () => {
    const table = await arrowTable(
      bench.connection,
      `FROM (VALUES ([1.5, NULL]::FLOAT[], [1, 2]::DOUBLE[2], {'a': 1, 'b': ['x', NULL]}, MAP {'k': 1}),
                    (NULL, NULL, NULL, NULL),
                    ([]::FLOAT[], [3, NULL]::DOUBLE[2], {'a': NULL, 'b': NULL}, MAP {})) AS t(l, a, s, m)`,
    );
    expect(JSON.parse(JSON.stringify(table.toArray()))).toEqual([
      { l: [1.5, null], a: [1, 2], s: { a: 1, b: ['x', null] }, m: { k: 1 } },
      { l: null, a: null, s: null, m: null },
      { l: [], a: [3, null], s: { a: null, b: null }, m: {} },
    ]);
  });

  test('the floats of an embedding column are one flat array', async () => {
    const table = await arrowTable(
      bench.connection,
      `SELECT [i, i + 0.5]::FLOAT[2] AS e FROM range(3000) AS r(i)`,
    );
    const { values } = table.getChild('e')!.data[0].children[0];
    expect(values).toEqual(Float32Array.from({ length: 6000 }, (_, i) => (i >> 1) + (i & 1) / 2));
  });

  test('lists that DuckDB keeps out of order come out in order', async () => {
    const sql = `SELECT l FROM (SELECT i, [i, i * 2] AS l FROM range(5000) AS r(i)) ORDER BY hash(i) LIMIT 3000`;
    const table = await arrowTable(bench.connection, sql);
    const lists = table.toArray().map((row) => [...(row as { l: Iterable<bigint> }).l].map(String));
    expect(lists).toEqual((await bench.rows(sql)).map(([l]) => l));
  });

  test('what lies under a NULL does not leave the process', async () => {
    const table = await arrowTable(
      bench.connection,
      `SELECT CASE WHEN i % 2 = 0 THEN i END AS x FROM range(1, 5) AS r(i)`,
    );
    expect(table.getChild('x')!.data[0].values).toEqual(BigInt64Array.of(0n, 2n, 0n, 4n));
  });

  test('takes a materialised result, repeats of a name, and no rows', async () => {
    const table = await toArrow(await bench.connection.run(`SELECT 1 AS a, 2 AS a WHERE false`));
    expect(table.schema.fields.map(({ name }) => name)).toEqual(['a', 'a:1']);
    expect(table.numRows).toBe(0);
  });

  test('batches close at the rows or bytes asked for', async () => {
    expect(await sizes({})).toEqual([10000]);
    expect(await sizes({ batchRows: 4096 })).toEqual([4096, 4096, 1808]);
    expect(await sizes({ batchBytes: 2048 * 8 })).toEqual([2048, 2048, 2048, 2048, 1808]);
  });

  test('a type Arrow has not got names its column', async () => {
    await expect(arrowTable(bench.connection, `SELECT INTERVAL 1 DAY AS age`)).rejects.toThrow(
      'Not Implemented Error: arrow: column "age" has the type INTERVAL, which has no Arrow equivalent; cast it to VARCHAR',
    );
  });
});

describe('writeArrow', () => {
  const sql = `
    SELECT i AS id, CASE WHEN i % 3 = 0 THEN 'x' ELSE 'y' END::ENUM('x', 'y') AS kind,
           CASE WHEN i % 7 <> 0 THEN [i, NULL, 1]::DOUBLE[] END AS list, [i, 1]::FLOAT[2] AS vector
    FROM range(5000) AS r(i)`;

  test.each(['out.arrow', 'out.arrows'])('%s comes back exactly', async (name) => {
    const path = bench.path(name);
    expect(await writeArrow(bench.connection, sql, path, { batchRows: 2048 })).toBe(5000);
    expect(tableFromIPC(readFileSync(path)).numRows).toBe(5000);
    expect(await bench.types(`FROM read_arrow('${path}')`)).toEqual([
      'id BIGINT',
      'kind VARCHAR',
      'list DOUBLE[]',
      'vector FLOAT[2]',
    ]);
    expect(
      await bench.difference(
        `SELECT * REPLACE (kind::VARCHAR AS kind) FROM (${sql})`,
        `FROM read_arrow('${path}')`,
      ),
    ).toBe(0);
  });

  test('parameters', async () => {
    const path = bench.path('parameters.arrow');
    await writeArrow(bench.connection, `SELECT i FROM range($1) AS r(i)`, path, { values: [3] });
    expect(await bench.rows(`FROM read_arrow('${path}')`)).toEqual([['0'], ['1'], ['2']]);
  });

  test('a statement that fails half-way leaves no file', async () => {
    const path = bench.path('half.arrow');
    const failing = `SELECT CASE WHEN i = 9000 THEN error('stop') ELSE i END AS i FROM range(10000) AS r(i)`;
    await expect(writeArrow(bench.connection, failing, path, { batchRows: 2048 })).rejects.toThrow(/stop/);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(bench.folder).filter((name) => name.startsWith('half'))).toEqual([]);
  });

  test('nor does one that fails when DuckDB no longer computes ahead', async () => {
    await bench.connection.run(`SET streaming_buffer_size = '16KB'`);
    const failing = `SELECT if(i = 60000, error('stop'), i::VARCHAR) AS i FROM range(70000) AS r(i)`;
    await expect(writeArrow(bench.connection, failing, bench.path('late.arrow'))).rejects.toThrow(
      'Invalid Input Error: the statement failed while its rows were read',
    );
    expect(readdirSync(bench.folder).filter((name) => name.startsWith('late'))).toEqual([]);
  });

  test('a folder that is not there', async () => {
    await expect(writeArrow(bench.connection, 'SELECT 1', bench.path('no/where.arrow'))).rejects.toThrow(
      /^IO Error: arrow: cannot write '.*where\.arrow': ENOENT/,
    );
  });
});
