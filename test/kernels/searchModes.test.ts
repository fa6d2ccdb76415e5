import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels, SearchMode } from '../../src/kernels/kernels.ts';
import { countPairs, earlierInRange, everything } from '../../src/kernels/pairs.ts';
import { TooManyPairs } from '../../src/kernels/above.ts';
import { viewOf, viewRows } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { work } from './calls.ts';
import { centroidsOf } from './naive.ts';
import { dims, embeddings, offsetsOf, spread } from './rows.ts';
import { targetsOf, modeFaults, type Given } from './modeFaults.ts';
import { caseCount } from '../support/cases.ts';

const RUNS = { numRuns: caseCount(25) };

const TOGETHER = ['earlier', 'same', 'different', 'centroids'] as const;

/** Ranges of rows, each with a range of targets: none, a few or many. */
const ranges = fc.array(
  fc.tuple(
    fc.oneof(fc.nat(5), fc.integer({ min: 1, max: 200 })),
    fc.oneof(fc.nat(5), fc.integer({ min: 1, max: 300 })),
  ),
  { minLength: 1, maxLength: 4 },
);
const k = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 400 }));
interface Case {
  readonly together: (typeof TOGETHER)[number];
  /** Number of rows per range, and of targets if they are different rows. */
  readonly ranges: readonly (readonly [rows: number, targets: number])[];
  readonly dim: number;
  readonly how: { readonly topics: number; readonly noise: number; readonly seed: number };
}
const cases: fc.Arbitrary<Case> = fc.record({
  together: fc.constantFrom(...TOGETHER),
  ranges,
  dim: dims(800),
  how: spread,
});

function given({ together, ranges, dim, how }: Case): Given {
  const queries = offsetsOf(ranges.map(([rows]) => rows));
  const x = embeddings({ ...how, rows: queries.at(-1), dim });
  if (together === 'earlier' || together === 'same') {
    const pairs = { ...earlierInRange(queries), earlier: together === 'earlier' };
    return { x, y: x, dim, pairs };
  }
  const targets = offsetsOf(ranges.map(([, columns]) => columns));
  // The same seed gives the same topics, so that some rows are similar.
  const others = embeddings({ ...how, rows: queries.at(-1)! + targets.at(-1)!, dim }).slice(x.length);
  const pairs = { queries, targets, earlier: false };
  if (together === 'different') return { x, y: others, dim, pairs };
  const { values, bias } = centroidsOf(others.map((value) => value * 0.9), dim); // prettier-ignore
  return { x, y: values, dim, pairs, bias };
}

function search<W extends SearchMode>(kernels: Kernels, { x, y, dim, pairs, bias }: Given, mode: W) {
  const queries = viewOf(x, dim);
  const targets = bias
    ? { k: bias.length, dim, values: y, bias }
    : y === x
      ? queries
      : viewRows(viewOf(y, dim).store);
  return kernels.search(queries, targets, pairs, mode, work);
}

describe.each(backends)('what a search on %s is asked for', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const faults = async (of: Given, mode: SearchMode): Promise<string[]> =>
    modeFaults(mode, await search(kernels, of, mode), of);

  test('the best and the k best agree with float64', async () => {
    const property = fc.asyncProperty(cases, k, async (how, k) => {
      const of = given(how);
      expect(await faults(of, { kind: 'top', k })).toEqual([]);
      expect(await faults(of, { kind: 'best' })).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  test('all above a score agree with float64', async () => {
    const score = fc.oneof(fc.constantFrom(-Infinity, 0.999, 1, 2, Infinity), fc.double({ min: -1, max: 1, noNaN: true })); // prettier-ignore
    const property = fc.asyncProperty(cases, score, async (how, score) => {
      expect(await faults(given(how), { kind: 'above', score })).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  test('a score of its own for each query', async () => {
    const property = fc.asyncProperty(cases, async (how) => {
      const of = given(how);
      const score = Float32Array.from(
        { length: of.x.length / of.dim },
        (_, row) => ((row * 7) % 20) / 10 - 1,
      );
      expect(await faults(of, { kind: 'above', score })).toEqual([]);
    });
    await fc.assert(property, RUNS);
  });

  test('a pair has the same score whatever is wanted', async () => {
    const property = fc.asyncProperty(cases, async (how) => {
      const of = given(how);
      const best = await search(kernels, of, { kind: 'best' });
      expect(await search(kernels, of, { kind: 'top', k: 1 })).toEqual(best);
      const all = await search(kernels, of, { kind: 'above', score: -Infinity });
      const top = await search(kernels, of, { kind: 'top', k: 5 });
      for (let row = 0; row < best.index.length; row++) {
        const scores = new Map<number, number>();
        for (let i = all.offsets[row]; i < all.offsets[row + 1]; i++) scores.set(all.index[i], all.score[i]);
        const [start, end] = targetsOf(of.pairs, row);
        expect(scores.size).toBe(end - start);
        const found = [...top.index.subarray(row * 5, row * 5 + 5)].filter((t) => t >= 0);
        expect(top.score.subarray(row * 5, row * 5 + found.length)).toEqual(
          Float32Array.from(found, (t) => scores.get(t)!),
        );
      }
    });
    await fc.assert(property, { numRuns: caseCount(10) });
  });

  test('a score that a pair hits exactly is reached, the next one is not', async () => {
    const of = given({ together: 'different', ranges: [[60, 500]], dim: 70, how: { topics: 9, noise: 0.4, seed: 4 } }); // prettier-ignore
    const { score, index } = await search(kernels, of, { kind: 'best' });
    const hit = await search(kernels, of, { kind: 'above', score });
    expect([...hit.index.subarray(0, 60)]).toEqual([...index]);
    expect([...hit.score]).toEqual([...score]);
    const next = score.map((value) => value + 2 ** -24);
    expect((await search(kernels, of, { kind: 'above', score: next })).index).toHaveLength(0);
    // A float64 value between the two float32 values.
    const lone = { ...of, x: of.x.slice(0, 70), pairs: everything(1, 500) };
    const between = score[0] + 2 ** -30;
    expect((await search(kernels, lone, { kind: 'above', score: between })).index).toHaveLength(0);
  });

  test('equal rows: the lowest ones first, all of them above', async () => {
    const dim = 96;
    const one = embeddings({ rows: 1, dim });
    const x = Float32Array.from({ length: 700 * dim }, (_, i) => one[i % dim]);
    const of = { x, y: x, dim, pairs: everything(700, 700) };
    const { index } = await search(kernels, of, { kind: 'top', k: 20 });
    const lowest = Array.from({ length: 20 }, (_, i) => i);
    expect([...index]).toEqual(Array.from({ length: 700 }, () => lowest).flat());
    const { offsets } = await search(kernels, of, { kind: 'above', score: 0.999 });
    expect([...offsets]).toEqual(Array.from({ length: 701 }, (_, row) => row * 700));
  });

  test('rows without targets', async () => {
    const of = {
      x: embeddings({ rows: 3, dim: 5 }),
      y: new Float32Array(0),
      dim: 5,
      pairs: everything(3, 0),
    };
    expect(await faults(of, { kind: 'top', k: 4 })).toEqual([]);
    expect(await faults(of, { kind: 'above', score: -1 })).toEqual([]);
  });

  test('more rows and targets than are searched at a time', async () => {
    // Other backends than cpu are slow here, and search fewer rows at a time.
    const rows = name === 'cpu' ? 2300 : 400;
    const of = given({ together: 'different', ranges: [[rows, 700]], dim: 64, how: { topics: 300, noise: 0.3, seed: 3 } }); // prettier-ignore
    expect(await faults(of, { kind: 'top', k: 3 })).toEqual([]);
    expect(await faults(of, { kind: 'above', score: 0.9 })).toEqual([]);
    const own = given({ together: 'earlier', ranges: [[10, 0], [rows, 0]], dim: 64, how: { topics: 300, noise: 0.3, seed: 3 } }); // prettier-ignore
    expect(await faults(own, { kind: 'top', k: 3 })).toEqual([]);
    expect(await faults(own, { kind: 'above', score: 0.9 })).toEqual([]);
  }, 60_000);

  test('more pairs than the limit are counted, and the backend goes on', async () => {
    const of = given({ together: 'earlier', ranges: [[700, 0], [300, 0]], dim: 64, how: { topics: 20, noise: 0.2, seed: 5 } }); // prettier-ignore
    const all = await search(kernels, of, { kind: 'above', score: 0.9 });
    const count = all.index.length;
    expect(count).toBeGreaterThan(1000);
    expect(await search(kernels, of, { kind: 'above', score: 0.9, limit: count })).toEqual(all);
    for (const limit of [count - 1, 0]) {
      const tooMany = await search(kernels, of, { kind: 'above', score: 0.9, limit }).catch((e) => e);
      expect(tooMany).toBeInstanceOf(TooManyPairs);
      expect(tooMany.count).toBe(count);
    }
    expect(await search(kernels, of, { kind: 'above', score: 0.9 })).toEqual(all);
  });

  test('the same call twice gives the same bits, with little memory too', async () => {
    const of = given({ together: 'same', ranges: [[300, 0], [500, 0]], dim: 40, how: { topics: 20, noise: 0.2, seed: 5 } }); // prettier-ignore
    const view = viewOf(of.x, of.dim);
    const modes: SearchMode[] = [
      { kind: 'top', k: 7 },
      { kind: 'above', score: 0.8 },
    ];
    for (const mode of modes) {
      const [first, second] = [await search(kernels, of, mode), await search(kernels, of, mode)];
      expect(second).toEqual(first);
      expect(await kernels.search(view, view, of.pairs, mode, { ...work, memory: 0 })).toEqual(first);
    }
  });

  test('progress counts pairs of rows', async () => {
    const of = given({ together: 'different', ranges: [[700, 1500]], dim: 64, how: { topics: 20, noise: 0.2, seed: 5 } }); // prettier-ignore
    const total = countPairs(of.pairs);
    const modes: SearchMode[] = [
      { kind: 'top', k: 7 },
      { kind: 'above', score: 0.99 },
    ];
    for (const mode of modes) {
      const told: number[] = [];
      const progress = (done: number, all: number): void => {
        expect(all).toBe(total);
        told.push(done);
      };
      await kernels.search(viewOf(of.x, 64), viewOf(of.y, 64), of.pairs, mode, { ...work, progress });
      expect(told).toEqual([...told].sort((a, b) => a - b));
      expect(told.at(-1) ?? 0).toBeLessThanOrEqual(total);
    }
  });

  test.each([
    [{ kind: 'top', k: 0 }, 'k is 0, not a positive integer'],
    [{ kind: 'top', k: 1.5 }, 'k is 1.5, not a positive integer'],
    [{ kind: 'above', score: NaN }, 'the score is NaN'],
    [{ kind: 'above', score: new Float32Array(2) }, '2 scores and 3 queries do not match'],
    [{ kind: 'above', score: 0, limit: -1 }, 'limit is -1, not a number of pairs'],
  ] as const)('%j is refused', async (mode, message) => {
    const of = { x: new Float32Array(6), y: new Float32Array(6), dim: 2, pairs: everything(3, 3) };
    const refused = search(kernels, of, mode as SearchMode);
    await expect(refused).rejects.toThrow(`Invalid Input Error: search: ${message}`);
  });
});
