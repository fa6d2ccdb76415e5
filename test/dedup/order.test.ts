import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusterOrder } from '../../src/dedup/clusterOrder.ts';
import { groupClusters } from '../../src/dedup/groups.ts';
import { hashOrder } from '../../src/dedup/hashOrder.ts';
import { memoryPlan } from '../../src/dedup/memoryPlan.ts';
import { randomSource } from '../../src/dedup/random.ts';

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
          Int32Array.from(rows, ([cluster]) => cluster),
          7,
          compare,
        );
        const expected = rows.map((_, row) => row).sort((a, b) => rows[a][0] - rows[b][0] || compare(a, b));
        expect([...order.rows]).toEqual(expected);
        const sizes = Array.from({ length: 7 }, (_, c) => rows.filter(([cluster]) => cluster === c).length);
        expect(sizes.map((_, c) => order.offsets[c + 1] - order.offsets[c])).toEqual(sizes);
      }),
    );
  });
});

describe('groupClusters', () => {
  test('covers all clusters in order, in as few groups as stay within the rows', () => {
    const input = fc.tuple(
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 60 }),
    );
    fc.assert(
      fc.property(input, ([sizes, rowsAtOnce]) => {
        const offsets = new Float64Array(sizes.length + 1);
        sizes.forEach((size, c) => (offsets[c + 1] = offsets[c] + size));
        const groups = groupClusters(offsets, rowsAtOnce);
        expect(groups.flatMap(({ first, last }) => sizes.slice(first, last))).toEqual(sizes);
        groups.forEach(({ first, last }, i) => {
          expect(first).toBe(i === 0 ? 0 : groups[i - 1].last);
          const rows = offsets[last] - offsets[first];
          expect(rows <= rowsAtOnce || last === first + 1).toBe(true);
          expect(last === sizes.length || offsets[last + 1] - offsets[first] > rowsAtOnce).toBe(true);
        });
      }),
    );
  });
});

describe('memoryPlan', () => {
  test('shares out less than there is, more of it with more', () => {
    const bytes = fc.integer({ min: 2 ** 20, max: 2 ** 45 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [less, more] = [memoryPlan(Math.min(a, b)), memoryPlan(Math.max(a, b))];
        for (const plan of [less, more]) {
          for (const part of [plan.store, plan.sample, plan.group, plan.threads])
            expect(Number.isInteger(part) && part > 0).toBe(true);
        }
        expect(less.store + less.sample + less.group).toBeLessThan(Math.min(a, b));
        expect(more.store).toBeGreaterThanOrEqual(less.store);
        expect(more.sample).toBeGreaterThanOrEqual(less.sample);
        expect(more.group).toBeGreaterThanOrEqual(less.group);
        expect(more.threads).toBeGreaterThanOrEqual(less.threads);
      }),
    );
  });

  test('compares at most 128 MiB of rows at once, however much there is', () => {
    expect(memoryPlan(2 ** 40).group).toBe(128 * 2 ** 20);
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
