import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { ArrowFile } from '../../src/arrow/read/arrowFile.ts';
import { RangeFile } from '../../src/files/rangeFile.ts';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { file, Workbench } from './open.ts';

const bench = new Workbench();

/** The content of types.*, which make.py wrote, as SQL: column, type, values of the three rows. */
const expected = [
  ['i8', 'TINYINT', '-128', '127'],
  ['u16', 'USMALLINT', '0', '65535'],
  ['i32', 'INTEGER', '-2147483648', '2147483647'],
  ['i64', 'BIGINT', '-9223372036854775808', '9223372036854775807'],
  ['u64', 'UBIGINT', '0', '18446744073709551615'],
  ['f16', 'FLOAT', '1.5', '5.9604645e-08'],
  ['f32', 'FLOAT', '0.1', '-0.0'],
  ['f64', 'DOUBLE', '0.1', 'inf'],
  ['flag', 'BOOLEAN', 'true', 'false'],
  ['day', 'DATE', '1969-12-31', '2024-02-29'],
  ['day_ms', 'DATE', '1969-12-31', '1970-01-02'],
  ['clock', 'TIME', '01:02:03', '23:59:59'],
  ['clock_ns', 'TIME_NS', '00:00:00.000000001', '23:59:59.999999999'],
  ['ts_s', 'TIMESTAMP_S', '1969-12-31 23:59:59', '1970-01-01 00:00:01'],
  ['ts_ms', 'TIMESTAMP_MS', '1969-12-31 23:59:59.999', '1970-01-01 00:00:00.001'],
  ['ts_us', 'TIMESTAMP', '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000001'],
  ['ts_ns', 'TIMESTAMP_NS', '1969-12-31 23:59:59.999999999', '1970-01-01 00:00:00.000000001'],
  ['ts_tz', 'TIMESTAMP WITH TIME ZONE', '1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:00.000001+00'],
  ['price', 'DECIMAL(7,2)', '-1.25', '99999.99'],
  ['big', 'DECIMAL(38,0)', '-1000000000000000000000000000000', '7'],
  ['text', 'VARCHAR', '', 'a string of more than twelve bytes: é🦆'],
  ['large', 'VARCHAR', 'x', 'y'],
  ['view', 'VARCHAR', 'short', 'a string of more than twelve bytes'],
  ['bytes', 'BLOB', '\\x00\\xFF', ''],
  ['fixed', 'BLOB', 'ab', 'cd'],
  ['category', 'VARCHAR', 'b', 'a'],
  ['nothing', 'INTEGER', null, null],
  ['tags', 'VARCHAR[]', '[a, NULL]', '[]'],
  ['row', 'STRUCT(x BIGINT, y VARCHAR)', `{'x': 1, 'y': one}`, `{'x': NULL, 'y': three}`],
  ['pairs', 'MAP(VARCHAR, INTEGER)', '{k=1}', '{}'],
  ['nested', 'FLOAT[][]', '[[1.0], [2.0, 3.0]]', '[NULL]'],
] as const;

const readZstandard = (): Promise<unknown[][]> =>
  bench.rows(`SELECT i8, text FROM read_arrow('${file('types_zstd.arrow')}')`);

describe('files of other writers', () => {
  test.each(['types.arrow', 'types_lz4.feather', 'types_legacy.arrows'])(
    '%s keeps every type and value',
    async (name) => {
      const columns = expected.filter(([column]) => column !== 'view' || !name.includes('legacy'));
      const source = `FROM read_arrow('${file(name)}')`;
      expect(await bench.types(source)).toEqual(columns.map(([column, type]) => `${column} ${type}`));
      expect(await bench.rows(`SELECT columns(*)::VARCHAR ${source}`)).toEqual([
        columns.map(([, , first]) => first),
        columns.map(() => null),
        columns.map(([, , , last]) => last),
      ]);
    },
  );

  test('a dictionary that grows in a stream', async () => {
    expect(await bench.rows(`FROM read_arrow('${file('dictionaries.arrows')}')`)).toEqual(
      ['a', 'b', 'a', 'b', 'c', 'c', 'a'].map((word) => [word]),
    );
  });

  test('LZ4 batches that end within a scan, NULL strings and lists', async () => {
    const made = `
      SELECT i AS id,
             CASE WHEN i % 10 <> 0 THEN format('row {} of a file with many repeats', i % 97) END AS name,
             CASE WHEN i % 11 <> 0 THEN [i % 5, i % 7, 0.5]::FLOAT[] END AS embedding,
             [(2 * i // 2) % 13, (2 * i + 1) // 2 % 13]::FLOAT[2] AS vector
      FROM range(3000) AS r(i)`;
    expect(await bench.difference(made, `FROM read_arrow('${file('long_lz4.arrow')}')`)).toBe(0);
  });

  test('polars: views, fixed-size lists, a schema at the front that is no message', async () => {
    expect(await bench.rows(`FROM read_arrow('${file('polars.arrow')}')`)).toEqual([
      ['1', 'duck', [1, 0]],
      ['2', null, [0, 1]],
      ['3', 'a much longer text than twelve bytes', [1, 1]],
    ]);
  });

  test.runIf('zstdDecompressSync' in zlib)('Zstandard', async () => {
    expect((await readZstandard())[0]).toEqual([-128, '']);
  });

  test.skipIf('zstdDecompressSync' in zlib)(
    'Zstandard where Node has none is an error with the remedy',
    async () => {
      await expect(readZstandard()).rejects.toThrow(
        /^Invalid Input Error: read_arrow: .*Zstandard.*Node 22\.15 or newer/,
      );
    },
  );
});

describe('scans', () => {
  test('only the columns asked for are read', async () => {
    const path = bench.path('wide.arrow');
    await writeArrow(
      bench.connection,
      `SELECT i AS id, repeat([0.5::FLOAT], 256) AS embedding FROM range(4000) AS r(i)`,
      path,
    );
    const read = vi.spyOn(RangeFile.prototype, 'read');
    const bytes = async (sql: string): Promise<number> => {
      read.mockClear();
      await bench.rows(sql);
      return read.mock.calls.reduce((sum, [start, end]) => sum + end - start, 0);
    };
    expect(await bytes(`SELECT sum(id) FROM read_arrow('${path}')`)).toBeLessThan(4000 * 8 + 5000);
    expect(await bytes(`SELECT count(*) FROM read_arrow('${path}')`)).toBeLessThan(4000 * 8 + 5000);
    expect(await bytes(`SELECT id FROM read_arrow('${path}') LIMIT 5`)).toBeLessThan(2048 * 8 + 5000);
    expect(await bytes(`SELECT count(embedding) FROM read_arrow('${path}')`)).toBeGreaterThan(4000 * 256 * 4);
    read.mockRestore();
  });

  test('one file twice in a statement', async () => {
    const path = file('long_lz4.arrow');
    const sql = `SELECT count(*) FROM read_arrow('${path}') a JOIN read_arrow('${path}') b ON a.id = b.id + 1 AND a.name < b.name`;
    const plain = `WITH t AS MATERIALIZED (FROM read_arrow('${path}')) SELECT count(*) FROM t a JOIN t b ON a.id = b.id + 1 AND a.name < b.name`;
    const [[count]] = await bench.rows(sql);
    expect(Number(count)).toBeGreaterThan(0);
    expect(await bench.rows(plain)).toEqual([[count]]);
  });

  test('NULLs of one chunk do not stay for the next', async () => {
    const sql = `SELECT i, CASE WHEN i >= 2048 OR i % 2 = 0 THEN [i, NULL, i]::INTEGER[] END AS l,
      (CASE WHEN i >= 2048 OR i % 3 = 0 THEN [i, 1] END)::FLOAT[2] AS a, {'x': CASE WHEN i > 2048 THEN i::VARCHAR END} AS s
      FROM range(5000) AS r(i)`;
    const path = bench.path('nulls.arrow');
    await writeArrow(bench.connection, sql, path, { batchRows: 3000 });
    expect(await bench.difference(sql, `FROM read_arrow('${path}')`)).toBe(0);
  });

  test('elements below a NULL array are NULL too: casts do not see what lies there', async () => {
    const path = bench.path('casts.arrow');
    await writeArrow(
      bench.connection,
      `SELECT CASE WHEN i = 1 THEN NULL ELSE [i, 2] END::FLOAT[2] AS a FROM range(3) AS r(i)`,
      path,
    );
    expect(await bench.rows(`SELECT a::INTEGER[2] FROM read_arrow('${path}')`)).toEqual([
      [[0, 2]],
      [null],
      [[2, 2]],
    ]);
  });

  test('a file without rows has its columns', async () => {
    const path = bench.path('empty.arrow');
    await writeArrow(
      bench.connection,
      `SELECT 1::BIGINT AS id, [1.0]::FLOAT[] AS embedding WHERE false`,
      path,
    );
    expect(await bench.types(`FROM read_arrow('${path}')`)).toEqual(['id BIGINT', 'embedding FLOAT[]']);
    expect(await bench.rows(`FROM read_arrow('${path}')`)).toEqual([]);
  });

  test('column names that repeat get a suffix', async () => {
    const arrow = await import('apache-arrow');
    const id = new arrow.Field('id', new arrow.Int32());
    const data = arrow.makeData({ type: new arrow.Int32(), data: Int32Array.of(7) });
    const schema = new arrow.Schema([id, new arrow.Field('ID', new arrow.Int32())]);
    const batch = new arrow.RecordBatch(
      schema,
      arrow.makeData({
        type: new arrow.Struct(schema.fields),
        length: 1,
        nullCount: 0,
        children: [data, data],
      }),
    );
    writeFileSync(
      bench.path('twice.arrows'),
      arrow.RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true),
    );
    expect(await bench.types(`FROM read_arrow('${bench.path('twice.arrows')}')`)).toEqual([
      'id INTEGER',
      'ID_1 INTEGER',
    ]);
  });
});

describe('paths', () => {
  test('directories and globs are read in order of name, as one table', async () => {
    const folder = bench.path('parts');
    mkdirSync(`${folder}/deep`, { recursive: true });
    for (const [i, name] of ['b.arrow', 'a.arrows', 'deep/c.feather'].entries()) {
      await writeArrow(bench.connection, `SELECT ${i} AS id`, `${folder}/${name}`);
    }
    writeFileSync(`${folder}/notes.txt`, 'not Arrow');
    const ids = async (path: string): Promise<unknown[]> =>
      (await bench.rows(`SELECT id FROM read_arrow('${path}')`)).map(([id]) => id);
    expect(await ids(folder)).toEqual([1, 0]);
    expect(await ids(`${folder}/*.arrow*`)).toEqual([1, 0]);
    expect(await ids(`${folder}/[!a]*.arrow`)).toEqual([0]);
    expect(await ids(`${folder}/**/?.[af]*`)).toEqual([1, 0, 2]);
  });

  test('files of one glob must agree', async () => {
    await writeArrow(bench.connection, `SELECT 1::BIGINT AS id`, bench.path('x1.arrow'));
    await writeArrow(bench.connection, `SELECT 1::INTEGER AS id`, bench.path('x2.arrow'));
    await expect(bench.rows(`FROM read_arrow('${bench.path('x*.arrow')}')`)).rejects.toThrow(
      /Invalid Input Error: read_arrow: '.*x2\.arrow' has "id" INTEGER where '.*x1\.arrow' has "id" BIGINT/,
    );
  });

  test.each([
    ['nothing there', 'no*.arrow', /read_arrow: no files found that match the pattern ".*no\*\.arrow"/],
    ['another format', 'make.py', /read_arrow: '.*make\.py' is not an Arrow IPC file or stream/],
    ['a URL', 's3://bucket/x.arrow', /read_arrow: 's3:.*' is not a local file; .*Parquet/],
  ])('%s is a bind error', async (_, name, message) => {
    const path = name.includes('://') ? name : file(name);
    await expect(bench.connection.prepare(`FROM read_arrow('${path}')`)).rejects.toThrow(message);
  });
});

describe('damaged and unreadable files', () => {
  test.each([
    ['a file', 'types.arrow', 200],
    ['a stream', 'types_legacy.arrows', 100],
  ])('%s cut off', async (_, name, missing) => {
    const path = bench.path(`cut-${name}`);
    const bytes = readFileSync(file(name));
    writeFileSync(path, bytes.subarray(0, bytes.length - missing));
    await expect(bench.rows(`FROM read_arrow('${path}')`)).rejects.toThrow(/read_arrow: '.*' is truncated/);
  });

  test('a file that changes between bind and scan', () => {
    const path = bench.path('changes.arrow');
    copyFileSync(file('types.arrow'), path);
    const bound = new ArrowFile(path);
    copyFileSync(file('polars.arrow'), path);
    expect(() => bound.batches().map((batch) => batch.values())).toThrow(
      /was changed while it was read; run the statement again/,
    );
  });

  test('offsets that lead astray', async () => {
    const path = bench.path('astray.arrow');
    await writeArrow(bench.connection, `SELECT [i, i]::FLOAT[] AS l FROM range(3) AS r(i)`, path);
    const bytes = readFileSync(path);
    bytes.writeInt32LE(1_000_000, bytes.indexOf(Buffer.from(Int32Array.of(0, 2, 4, 6).buffer)) + 12);
    writeFileSync(path, bytes);
    await expect(bench.rows(`FROM read_arrow('${path}')`)).rejects.toThrow(
      /^Invalid Input Error: read_arrow: '.*astray\.arrow' has a damaged record batch/,
    );
  });

  test('a column without a DuckDB type is named', async () => {
    const arrow = await import('apache-arrow');
    const type = new arrow.IntervalYearMonth();
    const schema = new arrow.Schema([new arrow.Field('age', type)]);
    const writer = new arrow.RecordBatchStreamWriter();
    writer.reset(undefined, schema);
    writer.finish();
    writeFileSync(bench.path('interval.arrows'), writer.toUint8Array(true));
    await expect(bench.rows(`FROM read_arrow('${bench.path('interval.arrows')}')`)).rejects.toThrow(
      /Binder Error: read_arrow: column "age" of '.*' has the Arrow type Interval.*, which is not supported/,
    );
  });
});
