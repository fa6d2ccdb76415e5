import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { RangeFile } from '../../src/files/rangeFile.ts';
import { npyArray } from '../../src/npy/npyArray.ts';
import { Workbench } from '../arrow/open.ts';
import { header, npyBytes, zip64 } from './npyBytes.ts';
import { caseCount } from '../support/cases.ts';

const bench = new Workbench();
const fixture = (name: string): string => join(import.meta.dirname, 'files', name);

const read = (path: string, more = ''): Promise<unknown[][]> =>
  bench.rows(`SELECT row, embedding FROM read_npy('${path}'${more}) ORDER BY row`);

test('any array, in any type, order and layout, is what was written', { timeout: 120_000 }, async () => {
  const whole = fc.integer({ min: -2047, max: 2047 });
  const arrays = fc
    .record({ dim: fc.integer({ min: 1, max: 9 }), rows: fc.nat(40), seed: fc.nat(1000) })
    .chain(({ dim, rows }) =>
      fc.record({
        dim: fc.constant(dim),
        rows: fc.array(fc.array(whole, { minLength: dim, maxLength: dim }), {
          minLength: rows,
          maxLength: rows,
        }),
      }),
    );
  const options = fc.record({
    type: fc.constantFrom('f2' as const, 'f4' as const, 'f8' as const),
    bigEndian: fc.boolean(),
    byColumn: fc.boolean(),
    version: fc.constantFrom(1 as const, 2 as const, 3 as const),
  });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(arrays, options, async ({ dim, rows }, how) => {
      const path = bench.path(`any${number++}.npy`);
      writeFileSync(path, npyBytes(rows, dim, how));
      expect(await read(path)).toEqual(rows.map((row, i) => [String(i), row.map((value) => value + 0)]));
    }),
    { numRuns: caseCount(60) },
  );
});

test('an array by columns that is read in several windows', async () => {
  const [dim, rows] = [4000, 2600];
  const path = bench.path('wide.npy');
  const values = Float32Array.from({ length: dim * rows }, (_, i) => i % 65_536);
  writeFileSync(path, Buffer.concat([header('<f4', true, `(${rows}, ${dim})`), Buffer.from(values.buffer)]));
  const wrong = [1, 17, 2000, 4000].map((c) => `embedding[${c}] <> (${(c - 1) * rows} + row) % 65536`);
  expect(
    await bench.rows(`SELECT count(*), count(*) FILTER (${wrong.join(' OR ')}) FROM read_npy('${path}')`),
  ).toEqual([[String(rows), '0']]);
});

test('only what a scan asks for is read: of 100 GB, a few pages', async () => {
  const path = bench.path('large.npy');
  const [dim, rows] = [4096, 3_000_000];
  for (const byColumn of [false, true]) {
    const start = header('<f8', byColumn, `(${rows}, ${dim})`);
    writeFileSync(path, start);
    truncateSync(path, start.length + rows * dim * 8);
    const spy = vi.spyOn(RangeFile.prototype, 'reading');
    expect(await bench.rows(`SELECT count(*), max(row) FROM read_npy('${path}')`)).toEqual([
      [String(rows), String(rows - 1)],
    ]);
    expect(spy.mock.calls.length).toBeLessThan(5);
    spy.mockRestore();
    const before = process.resourceUsage().maxRSS;
    expect(await bench.rows(`SELECT embedding[4096] FROM read_npy('${path}') LIMIT 3`)).toEqual([
      [0],
      [0],
      [0],
    ]);
    // In KiB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300 * 1024);
  }
});

describe('.npz', () => {
  test('zip64, with other extra fields and a comment', async () => {
    const path = bench.path('zip64.npz');
    writeFileSync(
      path,
      zip64(
        'vectors.npy',
        npyBytes(
          [
            [1, 2],
            [3, 4],
          ],
          2,
          { type: 'f4' },
        ),
      ),
    );
    expect(await read(path)).toEqual([
      ['0', [1, 2]],
      ['1', [3, 4]],
    ]);
  });

  test.each([
    [
      'a bit of the deflated array is wrong',
      20_000,
      /is damaged: (?:its checksum is wrong|invalid|.*shorter)/,
    ],
    ['the archive is cut off', undefined, /is a truncated or damaged zip archive/],
  ])('%s', async (_, at, message) => {
    const bytes = readFileSync(fixture('deflated.npz'));
    if (at !== undefined) bytes[at] ^= 1;
    writeFileSync(bench.path('damaged.npz'), at === undefined ? bytes.subarray(0, -30) : bytes);
    await expect(read(bench.path('damaged.npz'), `, array_name := 'embeddings'`)).rejects.toThrow(message);
  });
});

test('a header with spaces, and no comma, before its last brace', async () => {
  const start = header('<f4', false, '(1, 1)').toString('latin1').replace(', }', '  }');
  writeFileSync(bench.path('space.npy'), Buffer.from(`${start}\0\0\0\0`, 'latin1'));
  expect(await read(bench.path('space.npy'))).toEqual([['0', [0]]]);
});

describe('damaged files', () => {
  test.each([
    [
      'fewer bytes than rows',
      npyBytes([[1, 2]], 2, { type: 'f4' }).subarray(0, -1),
      /is truncated: its header declares 1 rows of 2/,
    ],
    ['a header that ends early', header('<f4', false, '(1, 2)').subarray(0, 50), /is truncated/],
    [
      'more rows than any file has',
      header('<f4', false, '(9007199254740991, 768)'),
      /is truncated: its header declares/,
    ],
    ['rows past counting', header('<f4', false, `(${'9'.repeat(400)}, 2)`), /has the shape \(Infinity, 2\)/],
    ['no shape', header('<f4', false, 'None'), /has a damaged header/],
    ['a list for a shape', header('<f4', false, '[1, 2]'), /has a damaged header/],
    ['a program for a shape', header('<f4', false, '(exit(),)'), /has a damaged header/],
    [
      'an unknown version',
      Buffer.from('\x93NUMPY\x04\x00\x10\x00            ', 'latin1'),
      /has version 4.0 of the format/,
    ],
    [
      'a header of 4 GB',
      Buffer.from('\x93NUMPY\x03\x00\xff\xff\xff\xff      ', 'latin1'),
      /a header of 4294967295 bytes/,
    ],
    ['nothing', Buffer.alloc(0), /is not a NumPy array/],
  ])('%s', async (_, bytes, message) => {
    writeFileSync(bench.path('damaged.npy'), bytes);
    await expect(read(bench.path('damaged.npy'))).rejects.toThrow(message);
  });

  test('a file that changes between bind and scan', async () => {
    const path = bench.path('changes.npy');
    writeFileSync(path, npyBytes([[1, 2]], 2, { type: 'f4' }));
    const array = npyArray(path, undefined);
    writeFileSync(
      path,
      npyBytes(
        [
          [1, 2],
          [3, 4],
        ],
        2,
        { type: 'f4' },
      ),
    );
    const { ranges } = await array.open({ directory: bench.folder, signal: new AbortController().signal });
    expect(() => ranges.reading((into) => into(new Uint8Array(1), 0))).toThrow(
      /was changed while it was read/,
    );
  });

  test('files whose rows differ in length', async () => {
    for (const dim of [2, 3])
      writeFileSync(bench.path(`long${dim}.npy`), npyBytes([Array(dim).fill(1)], dim, { type: 'f4' }));
    await expect(read(bench.path('long?.npy'))).rejects.toThrow(
      /^Invalid Input Error: read_npy: '.*long3\.npy' has rows of 3 elements where '.*long2\.npy' has 2; read the files one by one/,
    );
  });
});

const FILES = (
  [
    ['single.npy'],
    ['by_column.npy'],
    ['version_3.npy'],
    ['one.npz'],
    ['types.npz', 'f8_big_F'],
    ['deflated.npz', 'embeddings'],
    ['deflated.npz', 'other'],
  ] as const
).map(([name, array]) => ({
  original: readFileSync(fixture(name)),
  more: array === undefined ? '' : `, array_name := '${array}'`,
}));
const change = fc.oneof(
  fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    at: fc.nat(),
    value: fc.constantFrom(0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0x1000_0000, 0xffff),
  }),
  // Changes in the dictionary, and numbers larger than any array.
  fc.record({
    at: fc.nat(150),
    value: fc.constantFrom('9999999', ' f8', `'>f2'`, '),', '{', `'shape': (1, 1)`),
  }),
);

test('a few wrong bytes are read, or an error, in little time and memory', { timeout: 120_000 }, async () => {
  const path = bench.path('mutated.npz');
  let [reads, errors] = [0, 0];
  const before = process.resourceUsage().maxRSS;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...FILES),
      fc.array(change, { minLength: 1, maxLength: 2 }),
      async ({ original, more }, changes) => {
        const bytes = Buffer.from(original);
        for (const { at, value } of changes) {
          const place = at % (bytes.length - 4);
          if (typeof value === 'string') bytes.write(value, place);
          else if (value < 256) bytes[place] = value;
          else bytes.writeUInt32LE(value, place);
        }
        writeFileSync(path, bytes);
        const outcome = await bench
          .rows(`SELECT count(*), bit_xor(hash(COLUMNS(*)::VARCHAR)) FROM read_npy('${path}'${more})`)
          .then(
            () => 'read',
            (error: Error) => error.message,
          );
        if (outcome === 'read') reads++;
        else errors++;
        expect(outcome).toMatch(/^(?:read$|(?:Binder|Invalid Input|IO) Error: read_npy: )/);
        expect(outcome).not.toMatch(/undefined|NaN|Cannot read|is not a function|RangeError|TypeError/);
      },
    ),
    { numRuns: caseCount(400) },
  );
  expect(reads).toBeGreaterThan(caseCount(60));
  expect(errors).toBeGreaterThan(caseCount(60));
  // In KiB.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(200 * 1024);
});
