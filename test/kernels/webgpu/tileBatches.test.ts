import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pairs } from '../../../src/kernels/kernels.ts';
import { countPairs, earlierInRange, everything } from '../../../src/kernels/pairs.ts';
import { cutRows } from '../../../src/kernels/webgpu/rows/deviceRows.ts';
import { RESUME, RowTile, Tile, TRIANGLE } from '../../../src/kernels/webgpu/search/layouts.ts';
import { rowBatches, type RowBatch } from '../../../src/kernels/webgpu/search/rowBatches.ts';
import { TileBatches, type TileBatch } from '../../../src/kernels/webgpu/search/tileBatches.ts';
import { tileGrids, type TileGrid } from '../../../src/kernels/webgpu/search/tileGrids.ts';
import { offsetsOf } from '../rows.ts';

const SIDE = 4;

test('ranges are as long as fits and cover every row', () => {
  expect(cutRows({ start: 5, end: 15 }, 4)).toEqual([
    { start: 5, end: 9 },
    { start: 9, end: 13 },
    { start: 13, end: 15 },
  ]);
  expect(cutRows({ start: 3, end: 3 }, 4)).toEqual([]);
});

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

const take = (grids: Iterable<TileGrid>, limit: number): TileBatch[] => {
  const batches = new TileBatches(grids, SIDE);
  return Array.from(
    (function* () {
      for (let batch = batches.take(limit); batch; batch = batches.take(limit)) yield batch;
    })(),
  );
};

/** All pairs of one range in one batch. */
function gridsOf(pairs: Pairs): Iterable<TileGrid> {
  const [batch] = rowBatches(pairs, 1000);
  return tileGrids(pairs, batch, batch.queries, batch.targets);
}

/** Runs the tiles of a batch as the shaders do, and adds to each query the targets it saw. */
function run(tileBatches: TileBatch[], { queries, targets }: RowBatch, seen: Map<number, number[]>): void {
  for (const { tiles, rowTiles } of tileBatches) {
    for (let t = 0; t * RowTile.words < rowTiles.length; t++) {
      const rowTile = RowTile.read(rowTiles, t);
      const resumes = rowTile.tiles >= RESUME;
      const end = rowTile.firstTile + rowTile.tiles - (resumes ? RESUME : 0);
      for (let r = 0; r < rowTile.rows; r++) {
        const query = queries.start + rowTile.xRow + r;
        const found = resumes ? seen.get(query)! : [];
        for (let i = rowTile.firstTile; i < end; i++) {
          const tile = Tile.read(tiles, i);
          expect([tile.xRow, tile.rows]).toEqual([rowTile.xRow, rowTile.rows]);
          const columns = tile.columns >= TRIANGLE ? Math.min(r, tile.columns - TRIANGLE) : tile.columns;
          for (let c = 0; c < columns; c++) found.push(targets.start + tile.yRow + c);
        }
        seen.set(query, found);
      }
    }
  }
}

describe('tiles', () => {
  test('a triangle of two row tiles', () => {
    const [batch, ...more] = take(gridsOf(earlierInRange(offsetsOf([6]))), 100);
    expect(more).toEqual([]);
    expect([...batch.tiles]).toEqual([0, 0, 4, 4 + TRIANGLE, 4, 0, 2, 4, 4, 4, 2, 2 + TRIANGLE]);
    expect([...batch.rowTiles]).toEqual([0, 4, 0, 1, 4, 2, 1, 2]);
    expect(batch.pairs).toBe(15);
  });

  test('a row alone gets a row tile without a tile', () => {
    const [batch] = take(gridsOf(earlierInRange(offsetsOf([1]))), 100);
    expect([batch.tiles.length, [...batch.rowTiles]]).toEqual([0, [0, 1, 0, 0]]);
  });

  test('a row tile cut in two goes on where it was', () => {
    const [first, second] = take(gridsOf(everything(4, 8)), 1);
    expect([...first.rowTiles]).toEqual([0, 4, 0, 1]);
    expect([...second.tiles]).toEqual([0, 4, 4, 4]);
    expect([...second.rowTiles]).toEqual([0, 4, 0, 1 + RESUME]);
  });
});

describe('batches', () => {
  const sizes = fc.array(fc.nat(14), { minLength: 1, maxLength: 6 });
  const limits = fc.integer({ min: 1, max: 9 });
  const batchRows = fc.integer({ min: 1, max: 20 });

  /** Searches `pairs` in batches as the kernels do; returns what each query saw, in that order. */
  function search(pairs: Pairs, rows: number, limit: number, first = 0): Map<number, number[]> {
    const seen = new Map<number, number[]>();
    const done = new Set<number>();
    let compared = 0;
    for (const batch of rowBatches(pairs, rows, first)) {
      const { queries, targets } = batch;
      expect(queries.end - queries.start).toBeLessThanOrEqual(rows);
      expect(targets.end - targets.start).toBeLessThanOrEqual(rows);
      const tileBatches = take(tileGrids(pairs, batch, queries, targets), limit);
      for (const { tiles, pairs } of tileBatches) {
        expect(tiles.length / Tile.words).toBeLessThanOrEqual(limit);
        compared += pairs;
      }
      expect(range(queries.start, queries.end).filter((query) => done.has(query))).toEqual([]);
      run(tileBatches, batch, seen);
      if (batch.isLast) for (let query = queries.start; query < queries.end; query++) done.add(query);
    }
    expect(done.size).toBe(seen.size);
    expect(compared).toBe(countPairs(pairs));
    return seen;
  }

  test('show every row the earlier rows of its range, in order, once', () => {
    const property = fc.property(sizes, batchRows, limits, (sizes, rows, limit) => {
      const offsets = offsetsOf(sizes);
      const seen = search(earlierInRange(offsets), rows, limit);
      const expected = sizes.flatMap((size, c) =>
        range(0, size).map((r) => range(offsets[c], offsets[c] + r)),
      );
      expect(expected.map((_, row) => seen.get(row))).toEqual(expected);
    });
    fc.assert(property);
  });

  test('show every query the targets of its range, in order, once', () => {
    const place = fc.nat(40);
    const property = fc.property(sizes, sizes, batchRows, limits, place, (a, b, rows, limit, first) => {
      const ranges = Math.min(a.length, b.length);
      // Rows before the first range and after the last one belong to none.
      const [queries, targets] = [a, b].map((sizes) =>
        offsetsOf(sizes.slice(0, ranges)).map((row) => row + 3),
      );
      const seen = search({ queries, targets, earlier: false }, rows, limit, first);
      for (let r = 0; r < ranges; r++) {
        for (let query = queries[r]; query < queries[r + 1]; query++)
          expect(seen.get(query) ?? []).toEqual(range(targets[r], targets[r + 1]));
      }
      expect([...seen.keys()].filter((query) => query < 3 || query >= queries[ranges])).toEqual([]);
    });
    fc.assert(property);
  });

  test('of rows that are kept are cut where these are', () => {
    const cuts = [...rowBatches(everything(25, 3), 10, 17)].map(({ queries }) => queries);
    expect(cuts).toEqual([
      { start: 0, end: 3 },
      { start: 3, end: 13 },
      { start: 13, end: 23 },
      { start: 23, end: 25 },
    ]);
  });

  test('of one large range share their queries', () => {
    const batches = [...rowBatches(earlierInRange(offsetsOf([25])), 10)];
    expect(batches.map(({ queries, targets }) => [queries.start, targets.start])).toEqual([
      [0, 0],
      [10, 0],
      [10, 10],
      [20, 0],
      [20, 10],
      [20, 20],
    ]);
    expect(batches[1].queries).toBe(batches[2].queries);
  });
});
