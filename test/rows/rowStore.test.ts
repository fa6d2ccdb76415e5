import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { RowStore } from '../../src/rows/rowStore.ts';
import { copyView } from '../../src/rows/rowView.ts';
import { caseCount } from '../support/cases.ts';

let directory = '';
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'nearduck-test-'))));
afterAll(() => rmSync(directory, { recursive: true }));

const DIM = 3;
/** Row r is (r, r + 0.25, r + 0.5). */
const rowsFrom = (first: number, count: number): Float32Array =>
  Float32Array.from({ length: count * DIM }, (_, i) => first + Math.floor(i / DIM) + (i % DIM) / 4);

function filled(batches: readonly number[], memoryLimit: number): RowStore {
  const store = new RowStore(DIM, { memoryLimit, directory });
  for (const count of batches) store.append(rowsFrom(store.rows, count), count);
  store.finish();
  return store;
}

const BLOCK = new RowStore(DIM, { memoryLimit: 0, directory: tmpdir() }).blockRows;
const BLOCK_BYTES = BLOCK * DIM * 4;

describe.each([
  ['in memory', Infinity],
  ['in the file', 0],
  ['one block in memory, the rest in the file', BLOCK_BYTES],
])('rows %s', (_, memoryLimit) => {
  test('taken out leave the others, once each, with their hashes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 299 })), (out) => {
        const store = new RowStore(DIM, { memoryLimit, directory });
        store.append(
          rowsFrom(0, 300),
          300,
          Float64Array.from({ length: 300 }, (_, row) => row * 7),
        );
        store.finish();
        const gone = out.toSorted((a, b) => a - b);
        const numbers = store.remove(gone);
        expect(store.rows).toBe(300 - gone.length);
        const left = Array.from({ length: 300 }, (_, row) => row).filter((row) => !gone.includes(row));
        expect([...numbers].sort((a, b) => a - b)).toEqual(left);
        const target = new Float32Array(store.rows * DIM);
        store.copy(0, store.rows, target);
        expect(Array.from(numbers, (_, row) => target[row * DIM])).toEqual([...numbers]);
        expect(Array.from(numbers, (_, row) => store.hash(row) / 7)).toEqual([...numbers]);
        store.close();
      }),
      { numRuns: caseCount(60) },
    );
  });

  test('come back as they went in, whatever the batches and the ranges', () => {
    const total = 2 * BLOCK + 77;
    const store = filled([1, 2047, BLOCK - 2048, BLOCK, 77], memoryLimit);
    expect(store.rows).toBe(total);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: total }), fc.integer({ min: 0, max: 5000 }), (start, count) => {
        const end = Math.min(total, start + count);
        const target = new Float32Array((end - start) * DIM + 2).fill(-1);
        store.copy(start, end, target);
        const wrong = rowsFrom(start, end - start).findIndex((value, i) => target[i] !== value);
        expect(wrong).toBe(-1);
        expect([...target.subarray(-2)]).toEqual([-1, -1]);
      }),
      { numRuns: caseCount(40) },
    );
    // Read across the edges of blocks.
    for (const edge of [BLOCK, 2 * BLOCK]) {
      const target = new Float32Array(4 * DIM);
      store.copy(edge - 2, edge + 2, target);
      expect(target).toEqual(rowsFrom(edge - 2, 4));
    }
    store.close();
  });

  test('come back when more follow those that are finished, whatever was taken out', () => {
    const row = fc.integer({ min: 0, max: 2 * BLOCK });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 3 }),
        fc.nat(),
        row,
        fc.boolean(),
        (counts, keep, more, reserve) => {
          const store = filled(counts, memoryLimit);
          const kept = Math.min(store.rows, keep % (2 * BLOCK));
          // Read the rows that will be removed first, so that a cache would know them.
          if (store.rows > 0) store.copy(store.rows - 1, store.rows, new Float32Array(DIM));
          if (keep % 2 === 0) store.truncate(kept);
          else store.remove(Array.from({ length: store.rows - kept }, (_, i) => kept + i));
          expect(store.rows).toBe(kept);
          const segments = reserve ? store.reserve(more) : undefined;
          let at = kept;
          for (const { values } of segments ?? []) {
            values.set(rowsFrom(at, values.length / DIM));
            at += values.length / DIM;
          }
          if (!segments) store.append(rowsFrom(kept, more), more);
          store.finish();
          const all = new Float32Array(store.rows * DIM);
          store.copy(0, store.rows, all);
          expect(store.rows).toBe(kept + more);
          expect(rowsFrom(0, kept + more).findIndex((value, i) => all[i] !== value)).toBe(-1);
          store.close();
        },
      ),
      { numRuns: 15 },
    );
  });

  test('can be gathered in any order', () => {
    const total = BLOCK + 500;
    const store = filled([total], memoryLimit);
    const row = fc.oneof(
      fc.integer({ min: 0, max: total - 1 }),
      fc.integer({ min: BLOCK - 3, max: BLOCK + 3 }),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(), (list, a, b) => {
        const [start, end] = [a % list.length, b % (list.length + 1)].sort((x, y) => x - y);
        const target = new Float32Array((end - start) * DIM);
        copyView(store.view(Int32Array.from(list)), start, end, target);
        expect([...target]).toEqual(list.slice(start, end).flatMap((r) => [...rowsFrom(r, 1)]));
      }),
      { numRuns: caseCount(100) },
    );
    store.close();
  });
});

test('says how much went to the file', () => {
  for (const [memoryLimit, spilled] of [
    [Infinity, 0],
    [BLOCK_BYTES, 10 * DIM * 4],
    [BLOCK_BYTES - 1, BLOCK_BYTES + 10 * DIM * 4],
    [0, BLOCK_BYTES + 10 * DIM * 4],
  ]) {
    const store = filled([BLOCK + 10], memoryLimit);
    expect(store.spilledBytes).toBe(spilled);
    store.close();
  }
});

test('keeps a hash a row', () => {
  const store = new RowStore(1, { memoryLimit: 0, directory });
  for (let batch = 0; batch < 5; batch++) {
    const hashes = Float64Array.from({ length: 1500 }, (_, i) => batch * 1500 + i + 0.5);
    store.append(new Float32Array(1500), 1500, hashes);
  }
  store.finish();
  for (const row of [0, 1499, 1500, 2047, 2048, 7499]) expect(store.hash(row)).toBe(row + 0.5);
  store.close();
});

test('blocks of long rows stay near 32 MiB', () => {
  const rowsOf = (dim: number): number => new RowStore(dim, { memoryLimit: 0, directory }).blockRows;
  expect([1, 128, 768, 4096].map(rowsOf)).toEqual([65_536, 65_536, 8192, 2048]);
});

test('leaves nothing behind, even before it is closed', () => {
  const store = filled([BLOCK + 1], 0);
  expect(readdirSync(directory)).toEqual([]);
  store.close();
  store.close();
  expect(readdirSync(directory)).toEqual([]);
});

test('a folder that cannot be written to is an error that names it', () => {
  const store = new RowStore(DIM, { memoryLimit: 0, directory: '/nowhere/at/all' });
  expect(() => {
    store.append(rowsFrom(0, 10), 10);
    store.finish();
  }).toThrow(/^IO Error: cannot create a temporary file in \/nowhere\/at\/all: ENOENT/);
  store.close();
});
