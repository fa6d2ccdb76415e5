import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusterOrder } from '../../src/algorithms/pairwise/clusterOrder.ts';
import { hashOrder } from '../../src/algorithms/hashOrder.ts';
import { memoryPlan } from '../../src/algorithms/memoryPlan.ts';
import { rankOrder, ranksOf, rankTerm, type RankTerm } from '../../src/algorithms/order/rankOrder.ts';
import { randomSource } from '../../src/algorithms/random.ts';

const hash = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 16n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
);

describe('hashOrder', () => {
  test('is ascending, equal hashes in row order', () => {
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 60 }), (values) => {
        const expected = values
          .map((_, row) => row)
          .sort((a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b));
        expect([...hashOrder(BigUint64Array.from(values))]).toEqual(expected);
        for (const count of [0, 1, 7, values.length]) {
          const first = hashOrder(BigUint64Array.from(values), Math.min(count, values.length));
          expect([...first]).toEqual(expected.slice(0, count));
        }
      }),
    );
  });

  test('of a part of a larger array', () => {
    const values = BigUint64Array.of(9n, 5n, 2n ** 60n, 3n, 0n);
    expect([...hashOrder(values.subarray(1, 4))]).toEqual([2, 0, 1]);
    expect([...values]).toEqual([9n, 5n, 2n ** 60n, 3n, 0n]);
  });
});

describe('clusterOrder', () => {
  test('holds every row once, cluster by cluster, in rank order', () => {
    const input = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 9 })), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(input, (rows) => {
        const compare = (a: number, b: number): number => rows[a][1] - rows[b][1] || a - b;
        const order = clusterOrder(
          { cluster: Int32Array.from(rows, ([cluster]) => cluster) },
          7,
          Int32Array.from(rows.keys()).sort(compare),
        );
        const expected = rows.map((_, row) => row).sort((a, b) => rows[a][0] - rows[b][0] || compare(a, b));
        expect([...order.rows]).toEqual(expected);
        const sizes = Array.from({ length: 7 }, (_, c) => rows.filter(([cluster]) => cluster === c).length);
        expect(sizes.map((_, c) => order.offsets[c + 1] - order.offsets[c])).toEqual(sizes);
      }),
    );
  });
});

describe('rankOrder', () => {
  /** A term over numbers. Inexact keys are those of the halved numbers. */
  const term = (values: readonly number[], exact: boolean): RankTerm =>
    rankTerm(
      () => ({ keys: BigUint64Array.from(values, (v) => BigInt(exact ? v : v >> 1)), exact }),
      (a, b) => values[a] - values[b],
    );

  test.each([30, 2047, 2048, 9000])('is that of the terms in turn, %i rows', (rows) => {
    const number = (most: number): number[] => {
      const random = randomSource(most);
      return Array.from({ length: rows }, () => Math.floor(random() * most));
    };
    for (const exact of [true, false]) {
      const terms = [number(3), number(2), number(40), Array.from({ length: rows }, (_, i) => rows - i)];
      const expected = Int32Array.from(terms[0].keys()).sort((a, b) => {
        for (const values of terms) if (values[a] !== values[b]) return values[a] - values[b];
        return 0;
      });
      const given = terms.map((values, i) => term(values, exact || i === 0));
      expect(rankOrder(rows, given)).toEqual(expected);
    }
  });

  test('ranks are places in the order', () => {
    expect([...ranksOf(Int32Array.of(2, 0, 3, 1))]).toEqual([2n, 4n, 1n, 3n]);
  });
});

describe('memoryPlan', () => {
  test('shares out less than there is, more of it with more', () => {
    const bytes = fc.integer({ min: 2 ** 20, max: 2 ** 45 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [less, more] = [memoryPlan(Math.min(a, b)), memoryPlan(Math.max(a, b))];
        for (const plan of [less, more]) {
          for (const part of [plan.store, plan.fit, plan.search, plan.threads])
            expect(Number.isInteger(part) && part > 0).toBe(true);
        }
        expect(less.store + less.fit + less.search).toBeLessThan(Math.min(a, b));
        expect(more.store).toBeGreaterThanOrEqual(less.store);
        expect(more.fit).toBeGreaterThanOrEqual(less.fit);
        expect(more.search).toBeGreaterThanOrEqual(less.search);
        expect(more.threads).toBeGreaterThanOrEqual(less.threads);
      }),
    );
  });

  test('searches with at most 128 MiB of rows, however much there is', () => {
    expect(memoryPlan(2 ** 40).search).toBe(128 * 2 ** 20);
  });
});

describe('randomSource', () => {
  test('repeats itself for a seed and not for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, randomSource(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(0)).not.toEqual(draw(1));
  });

  test('is uniform in [0, 1)', () => {
    const values = Array.from({ length: 10_000 }, randomSource(5));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const tenths = Array.from(
      { length: 10 },
      (_, i) => values.filter((value) => Math.floor(value * 10) === i).length,
    );
    expect(Math.min(...tenths)).toBeGreaterThan(850);
    expect(Math.max(...tenths)).toBeLessThan(1150);
  });

  test('tells seeds beyond 32 bits apart', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => randomSource(seed)())).size).toBe(seeds.length);
  });
});
