import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterOrder } from '../../src/algorithms/pairwise/clusterOrder.ts';
import {
  similarPairs,
  type Compared,
  type SimilarPairs,
} from '../../src/algorithms/pairwise/similarPairs.ts';
import { TooManyPairs } from '../../src/kernels/above.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels } from '../kernels/backends.ts';
import { dot, TOLERANCE } from '../kernels/naive.ts';
import { embeddings, randomNumbers } from '../kernels/rows.ts';
import { FILE, MEMORY, quiet, shuffled, storeOf } from './stores.ts';
import { caseCount } from '../support/cases.ts';

interface Case extends Compared {
  readonly cluster: Int32Array;
  readonly values: Float32Array;
  readonly dim: number;
}

/** Rows in clusters, in a random order. Without noise, rows of one topic are copies. */
function makeCase(rows: number, dim: number, topics: number, noise: number, seed: number): Case {
  const values = embeddings({ rows, dim, topics, noise, seed });
  // In one dimension, topics are copies of each other.
  const clusters = dim === 1 ? 1 : 1 + (seed % 3);
  // Copies are in the same cluster, like those of k-means.
  const cluster = Int32Array.from({ length: rows }, (_, row) => (row % topics) % clusters);
  const order = shuffled(rows, randomNumbers(seed));
  return { values, dim, cluster, clusters: clusterOrder({ cluster }, clusters, order), order };
}

/** Lists the faults of pairs with at least `score`, compared with a float64 search. */
function faults(of: Case, score: number, { row, other, score: similarity }: SimilarPairs): string[] {
  const { values, dim, cluster, order } = of;
  const rank = new Int32Array(order.length);
  order.forEach((row, place) => (rank[row] = place));
  const found: string[] = [];
  const pairs = new Map<string, number>();
  row.forEach((later, i) => {
    const name = `${later} ${other[i]}`;
    if (rank[other[i]] >= rank[later]) found.push(`${name}: not in order`);
    if (pairs.has(name)) found.push(`${name}: twice`);
    if (!(similarity[i] >= score && similarity[i] <= 1)) found.push(`${name}: ${similarity[i]}`);
    pairs.set(name, similarity[i]);
  });
  for (let a = 0; a < order.length; a++) {
    for (let b = 0; b < order.length; b++) {
      if (rank[b] >= rank[a]) continue;
      const name = `${a} ${b}`;
      const listed = pairs.get(name);
      const cosine = cluster[a] === cluster[b] ? dot(values, a, values, b, dim) : -2;
      const isCopy = cosine > -2 && bytesOf(of, a) === bytesOf(of, b);
      if (isCopy ? listed !== 1 : listed === undefined && cosine > score + TOLERANCE)
        found.push(`${name}: missing`);
      else if (listed !== undefined && !isCopy && Math.abs(listed - Math.min(1, cosine)) > TOLERANCE)
        found.push(`${name}: ${listed}, not ${cosine}`);
    }
  }
  return found;
}

const bytesOf = ({ values, dim }: Case, row: number): string =>
  Buffer.from(values.buffer, values.byteOffset + row * dim * 4, dim * 4).toString('latin1');

describe.each(backends)('similar pairs on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  async function run(of: Case, score: number, limit = Infinity, where = MEMORY) {
    const store = storeOf(of.values, of.dim, where);
    try {
      return await similarPairs(store, of, { score, limit, copies: true }, { ...quiet, kernels });
    } finally {
      store.close();
    }
  }

  test('every pair once, the row ranked before it second, whatever the copies', async () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 90 }),
      dim: fc.integer({ min: 1, max: 80 }),
      topics: fc.integer({ min: 1, max: 30 }),
      noise: fc.constantFrom(0, 1e-7, 0.1, 1),
      seed: fc.nat(1000),
    });
    const score = fc.constantFrom(0, 0.5, 0.9, 0.9999, 0.99999, 1);
    const property = fc.asyncProperty(cases, score, fc.boolean(), async (how, score, inFile) => {
      const of = makeCase(how.rows, how.dim, how.topics, how.noise, how.seed);
      const found = await run(of, score, Infinity, inFile ? FILE : MEMORY);
      expect(faults(of, score, found)).toEqual([]);
    });
    await fc.assert(property, { numRuns: caseCount(15) });
  });

  const base = makeCase(80, 70, 8, 0.05, 3);
  test.each([
    ['rows that differ', base, 0.9],
    ['copies', makeCase(80, 70, 8, 0, 4), 0.9],
    ['copies alone', makeCase(80, 70, 8, 0, 4), 1],
    ['copies among rows that are near', withCopies(base), 0.9],
    ['copies among rows that are no pairs', withCopies(base), 1],
  ] as const)('more pairs than the limit are counted: %s', async (_, of, score) => {
    const all = (await run(of, score)).row.length;
    expect((await run(of, score, all)).row).toHaveLength(all);
    for (const limit of [all - 1, Math.floor(all / 5), 1]) {
      const error = await run(of, score, limit).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TooManyPairs);
      expect((error as TooManyPairs).count).toBe(all);
    }
  });
});

/** The same case, but the second half of the rows are copies of the first half. */
function withCopies(base: Case): Case {
  const { values, cluster, order } = base;
  const half = values.length / 2;
  const copied = Float32Array.from(values, (value, i) => (i < half ? value : values[i - half]));
  const rows = cluster.length / 2;
  const together = cluster.map((c, row) => (row < rows ? c : cluster[row - rows]));
  const clusters = clusterOrder({ cluster: together }, base.clusters.offsets.length - 1, order);
  return { ...base, values: copied, cluster: together, clusters };
}
