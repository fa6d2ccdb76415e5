import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutSegments } from '../../src/kernels/webgpu/segments.ts';
import {
  RESUME,
  TRIANGLE,
  TileBatches,
  WORDS,
  type TileBatch,
} from '../../src/kernels/webgpu/tileBatches.ts';
import { rectangleGrids, triangleGrids, type TileGrid } from '../../src/kernels/webgpu/tileGrids.ts';
import { offsetsOf } from './rows.ts';

const TILE = 4;

test('segments are as long as fits and cover every row', () => {
  expect(cutSegments(10, 8, 32)).toEqual([
    { start: 0, rows: 4 },
    { start: 4, rows: 4 },
    { start: 8, rows: 2 },
  ]);
  expect(cutSegments(0, 8, 32)).toEqual([]);
  expect(cutSegments(2, 64, 32)).toHaveLength(2);
});

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

const take = (grids: Iterable<TileGrid>, limit: number): TileBatch[] => {
  const batches = new TileBatches(grids, TILE);
  return Array.from(
    (function* () {
      for (let batch = batches.take(limit); batch; batch = batches.take(limit)) yield batch;
    })(),
  );
};

/** Runs batches as the shaders do, and lists for each row the columns it saw. */
function seen(
  batches: TileBatch[],
  starts: readonly number[],
  yStarts: readonly number[],
): Map<number, number[]> {
  const columnsOf = new Map<number, number[]>();
  for (const { xSegment, ySegment, items, folds } of batches) {
    for (let f = 0; f < folds.length; f += WORDS) {
      const [xRow, rows, first, count] = folds.subarray(f, f + WORDS);
      for (let r = 0; r < rows; r++) {
        const row = starts[xSegment] + xRow + r;
        const resumed = count >= RESUME;
        const columns = resumed ? columnsOf.get(row)! : [];
        for (let i = first; i < first + (resumed ? count - RESUME : count); i++) {
          const [itemRow, yRow, itemRows, packed] = items.subarray(i * WORDS, (i + 1) * WORDS);
          expect([itemRow, itemRows]).toEqual([xRow, rows]);
          const triangle = packed >= TRIANGLE;
          for (let c = 0; c < (triangle ? Math.min(r, packed - TRIANGLE) : packed); c++)
            columns.push(yStarts[ySegment] + yRow + c);
        }
        columnsOf.set(row, columns);
      }
    }
  }
  return columnsOf;
}

describe('batches', () => {
  test('a triangle of two row tiles', () => {
    const [batch, ...more] = take(triangleGrids([{ start: 0, rows: 6 }], offsetsOf([6])), 100);
    expect(more).toEqual([]);
    expect([...batch.items]).toEqual([0, 0, 4, 4 + TRIANGLE, 4, 0, 2, 4, 4, 4, 2, 2 + TRIANGLE]);
    expect([...batch.folds]).toEqual([0, 4, 0, 1, 4, 2, 1, 2]);
  });

  test('a row alone gets a fold and no tile', () => {
    const [batch] = take(triangleGrids([{ start: 0, rows: 1 }], offsetsOf([1])), 100);
    expect([batch.items.length, [...batch.folds]]).toEqual([0, [0, 1, 0, 0]]);
  });

  test('a row tile cut in two goes on where it was', () => {
    const [one] = [{ start: 0, rows: 4 }];
    const [first, second] = take(rectangleGrids([one], [{ start: 0, rows: 8 }]), 1);
    expect([...first.folds]).toEqual([0, 4, 0, 1]);
    expect([...second.items]).toEqual([0, 4, 4, 4]);
    expect([...second.folds]).toEqual([0, 4, 0, 1 + RESUME]);
  });

  const limits = fc.integer({ min: 1, max: 9 });
  const segmentRows = fc.integer({ min: 1, max: 13 });
  test('a triangle shows every row the earlier rows of its cluster, in order, once', () => {
    const clusters = fc.array(fc.nat(14), { maxLength: 6 });
    const property = fc.property(clusters, segmentRows, limits, (sizes, longest, limit) => {
      const offsets = offsetsOf(sizes);
      const segments = cutSegments(offsets[sizes.length], 4, longest * 4);
      const starts = segments.map(({ start }) => start);
      const batches = take(triangleGrids(segments, offsets), limit);
      const columns = seen(batches, starts, starts);
      const expected = sizes.flatMap((size, c) =>
        range(0, size).map((r) => range(offsets[c], offsets[c] + r)),
      );
      expect(expected.map((_, row) => columns.get(row))).toEqual(expected);
      expect(Math.max(0, ...batches.map(({ items }) => items.length / WORDS))).toBeLessThanOrEqual(limit);
    });
    fc.assert(property);
  });

  test('a rectangle shows every row every column, in order, once', () => {
    const counts = fc.integer({ min: 1, max: 30 });
    const property = fc.property(counts, counts, segmentRows, limits, (rows, width, longest, limit) => {
      const [x, y] = [cutSegments(rows, 4, longest * 4), cutSegments(width, 4, 28)];
      const starts = [x, y].map((segments) => segments.map(({ start }) => start));
      const columns = seen(take(rectangleGrids(x, y), limit), starts[0], starts[1]);
      expect(columns.size).toBe(rows);
      expect([...columns.values()]).toEqual(Array.from({ length: rows }, () => range(0, width)));
    });
    fc.assert(property);
  });
});
