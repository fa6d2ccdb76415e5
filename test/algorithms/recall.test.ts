import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterOrder } from '../../src/algorithms/pairwise/clusterOrder.ts';
import { pairwise } from '../../src/algorithms/pairwise/pairwise.ts';
import { randomSource } from '../../src/algorithms/random.ts';
import { bestEarlier, partSearch } from '../../src/algorithms/recall/earlierSearch.ts';
import { missedRows } from '../../src/algorithms/recall/missedRows.ts';
import { estimateRecall } from '../../src/algorithms/recall/recall.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels } from '../kernels/backends.ts';
import { dot, TOLERANCE } from '../kernels/naive.ts';
import { embeddings, randomNumbers } from '../kernels/rows.ts';
import { quiet, shuffled, storeOf } from './stores.ts';

/** Numbers in place of hashes of ids. */
function hashes(rows: number, seed: number): BigUint64Array {
  const random = randomSource(seed);
  return BigUint64Array.from({ length: rows }, () => BigInt(Math.floor(random() * 2 ** 52)) << 12n);
}

describe('missedRows', () => {
  /** P(x of `drawn` are marked | `marked` of `population` are), as a product. */
  function probability(population: number, marked: number, drawn: number, x: number): number {
    const choose = (n: number, k: number): number => {
      if (k < 0 || k > n) return 0;
      let product = 1;
      for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
      return product;
    };
    return (choose(marked, x) * choose(population - marked, drawn - x)) / choose(population, drawn);
  }

  test.each([
    [1, 1],
    [9, 4],
    [30, 10],
    [60, 5],
    [60, 57],
    [101, 40],
  ])(
    'of %i rows, %i checked: the interval holds with at least 95 %% probability, whatever the truth',
    (population, drawn) => {
      for (let marked = 0; marked <= population; marked++) {
        let covered = 0;
        for (let x = Math.max(0, drawn - (population - marked)); x <= Math.min(drawn, marked); x++) {
          const { low, high } = missedRows(population, drawn, x);
          if (low <= marked && marked <= high) covered += probability(population, marked, drawn, x);
        }
        expect(covered, `${marked} marked`).toBeGreaterThanOrEqual(0.95);
      }
    },
  );

  test('is the interval of Clopper and Pearson where the sample is a small part', () => {
    const of = (checked: number, missed: number): number[] => {
      const { low, high } = missedRows(1e9, checked, missed);
      return [low / 1e9, high / 1e9];
    };
    const close = (found: number[], expected: number[]): void =>
      found.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    close(of(1000, 0), [0, 1 - 0.025 ** (1 / 1000)]);
    close(of(1000, 5), [0.0016254, 0.0116294]);
    close(of(20, 20), [0.025 ** (1 / 20), 1]);
    close(of(10, 3), [0.0667395, 0.6524529]);
  });

  test('is one number when all rows are checked', () => {
    for (const missed of [0, 1, 500, 12_345])
      expect(missedRows(12_345, 12_345, missed)).toEqual({ estimate: missed, low: missed, high: missed });
  });

  test('knows nothing when none is checked', () => {
    expect(missedRows(50, 0, 0)).toEqual({ estimate: 0, low: 0, high: 50 });
    expect(missedRows(0, 0, 0)).toEqual({ estimate: 0, low: 0, high: 0 });
  });

  test('surrounds the estimate, narrower with more rows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 10_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, share) => {
          const at = (checked: number): number => {
            const { estimate, low, high } = missedRows(rows, checked, Math.floor(share * checked));
            expect(low).toBeLessThanOrEqual(estimate + 1);
            expect(high).toBeGreaterThanOrEqual(Math.floor(estimate));
            return high - low;
          };
          expect(at(100)).toBeLessThanOrEqual(at(10));
        },
      ),
    );
  });
});

describe('partSearch', () => {
  test('each sampled row meets each row before it once, and none past its own part', () => {
    const input = fc
      .uniqueArray(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 60 })
      .map((numbers) => Int32Array.from(numbers).sort());
    fc.assert(
      fc.property(input, (places) => {
        const { queries, pairs, firsts } = partSearch(places);
        // Parts are consecutive: a row is compared with all rows up to the end of its last part.
        const ends = Array.from(places, () => 0);
        for (let p = 0; p + 1 < firsts.length; p++) {
          for (let q = pairs.queries[p]; q < pairs.queries[p + 1]; q++) {
            expect(ends[queries[q]]).toBe(pairs.targets[p]);
            ends[queries[q]] = pairs.targets[p + 1];
          }
          const [first, end] = [firsts[p], firsts[p + 1]];
          expect(end).toBeGreaterThan(first);
          for (let i = first; i < end; i++) expect(ends[i]).toBe(places[end - 1]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('has more parts the more rows there are, and few of few', () => {
    const parts = (sampled: number, rows: number): number =>
      partSearch(Int32Array.from({ length: sampled }, (_, i) => Math.floor((i * rows) / sampled))).firsts
        .length - 1;
    expect([parts(0, 1), parts(1, 10), parts(2, 10), parts(3000, 8000)]).toEqual([0, 1, 2, 2]);
    expect([parts(3000, 200_000), parts(3000, 2_000_000), parts(3000, 20_000_000)]).toEqual([10, 32, 48]);
  });
});

describe.each(backends)('recall on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  test('bestEarlier equals a float64 search', async () => {
    const [rows, dim] = [230, 20];
    const values = embeddings({ rows, dim, topics: 12 });
    const store = storeOf(values, dim);
    const order = shuffled(rows, randomNumbers(4));
    for (const sampled of [1, 2, 37, 100, 201, 229]) {
      const others = shuffled(rows - 1, randomNumbers(sampled)).subarray(0, sampled);
      const places = Int32Array.of(0, ...others.map((place) => place + 1)).sort();
      const best = await bestEarlier(store.view(order), places, { ...quiet, kernels });
      places.forEach((place, i) => {
        let expected = -Infinity;
        for (let other = 0; other < place; other++)
          expected = Math.max(expected, dot(values, order[place], values, order[other], dim));
        // The first row has no row before it.
        const isRight = best[i] === expected || Math.abs(best[i] - expected) <= TOLERANCE;
        expect(isRight, `place ${place} of ${sampled}`).toBe(true);
      });
    }
  });

  test('is exact when all rows are checked, at every eps', async () => {
    for (const seed of [1, 2, 3]) {
      const rows = 150;
      // Some rows are equal.
      const values = embeddings({ rows, dim: 10, seed, topics: 20, noise: 0.2 });
      values.copyWithin(100 * 10, 0, 12 * 10);
      const order = shuffled(rows, randomNumbers(seed));
      const store = storeOf(values, 10);
      const step = { ...quiet, kernels };
      const cluster = Int32Array.from({ length: rows }, (_, row) => row % 3);
      const truth = await pairwise(store, clusterOrder({ cluster: new Int32Array(rows) }, 1, order), step);
      const found = await pairwise(store, clusterOrder({ cluster }, 3, order), step);
      const eps = [0, 0.001, 0.02, 0.1, 0.5, 1];
      const score = Float64Array.from(found.score);
      const pairs = { score, ranked: { order }, hashes: hashes(rows, seed) };
      const recalls = await estimateRecall(store, pairs, eps, rows, step);
      for (const { eps: e, duplicates, recall, low, high } of recalls) {
        const count = (score: Float32Array): number =>
          score.filter((value) => value > 0 && value >= 1 - e).length;
        const all = count(truth.score);
        expect(duplicates).toBe(count(found.score));
        expect([recall, low, high]).toEqual(Array(3).fill(all === 0 ? 1 : duplicates / all));
      }
      expect(recalls[0].recall).toBeLessThan(1);
      store.close();
    }
  });
});

test('186 of 200 intervals contain the truth, at each eps', async () => {
  const kernels = await openKernels('reference');
  const step = { ...quiet, kernels };
  const eps = [0.005, 0.02, 0.05, 0.2];
  const contained = eps.map(() => 0);
  const informative = eps.map(() => 0);
  const errors: number[] = [];
  for (let data = 0; data < 20; data++) {
    const [rows, dim] = [400, 6];
    const values = embeddings({ rows, dim, seed: data + 1, topics: 60, noise: 0.25 });
    const order = shuffled(rows, randomNumbers(data));
    const store = storeOf(values, dim);
    // Few clusters to many: recall from near 1 to near 0.
    const clusters = [2, 3, 8, 40][data % 4];
    const cluster = Int32Array.from(
      { length: rows },
      (_, row) => ((row % 60) % clusters) ^ Number(row % 7 === 0 && clusters > 2),
    );
    const truth = await pairwise(store, clusterOrder({ cluster: new Int32Array(rows) }, 1, order), step);
    const found = await pairwise(store, clusterOrder({ cluster }, 64, order), step);
    for (let trial = 0; trial < 10; trial++) {
      const score = Float64Array.from(found.score);
      const pairs = { score, ranked: { order }, hashes: hashes(rows, data * 10 + trial) };
      const recalls = await estimateRecall(store, pairs, eps, 60, step);
      for (const [i, { eps: e, duplicates, recall, low, high }] of recalls.entries()) {
        const all = truth.score.filter((value) => value >= 1 - e).length;
        const right = all === 0 ? 1 : duplicates / all;
        if (low <= right && right <= high) contained[i]++;
        if (low > 0.05 || high < 0.95) informative[i]++;
        errors.push(recall - right);
      }
    }
    store.close();
  }
  await kernels.close();
  for (const count of contained) expect(count).toBeGreaterThanOrEqual(186);
  // Most intervals are narrow enough to be informative.
  for (const count of informative) expect(count).toBeGreaterThan(100);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  expect(Math.abs(mean)).toBeLessThan(0.05);
});
