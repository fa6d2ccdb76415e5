import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RULES, type Rule } from '../../../src/algorithms/groups/groups.ts';
import { rowGroups, type RowGroups } from '../../../src/algorithms/groups/rowGroups.ts';
import { clusterOrder, type Memberships } from '../../../src/algorithms/pairwise/clusterOrder.ts';
import { pairwise } from '../../../src/algorithms/pairwise/pairwise.ts';
import { TooManyPairs } from '../../../src/kernels/above.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import { backends, openKernels } from '../../kernels/backends.ts';
import { dot, TOLERANCE } from '../../kernels/naive.ts';
import { embeddings, randomNumbers } from '../../kernels/rows.ts';
import { caseCount } from '../../support/cases.ts';
import { FILE, MEMORY, quiet, shuffled, storeOf } from '../stores.ts';

interface Case {
  readonly values: Float32Array;
  readonly dim: number;
  readonly memberships: Memberships;
  readonly clusters: number;
  readonly order: Int32Array;
}

/**
 * Rows in one or two clusters each. Rows of one topic share a cluster; without noise, they are copies.
 */
function makeCase(rows: number, topics: number, noise: number, overlaps: boolean, seed: number): Case {
  const dim = 8;
  const clusters = 1 + (seed % 3);
  const lists = Array.from({ length: rows }, (_, row) => {
    const topic = row % topics;
    const own = topic % clusters;
    const second = (topic + 1) % clusters;
    return overlaps && topic % 2 === 0 && second !== own ? [own, second] : [own];
  });
  const offsets = Uint32Array.from({ length: rows + 1 }, (_, row) => lists.slice(0, row).flat().length);
  const memberships = { cluster: Int32Array.from(lists.flat()), ...(overlaps ? { offsets } : {}) };
  const values = embeddings({ rows, dim, topics, noise, seed });
  return { values, dim, memberships, clusters, order: shuffled(rows, randomNumbers(seed)) };
}

/** The cosine of two compared rows in float64, 1 for copies. Undefined for rows that are not compared. */
function cosinesOf({ values, dim, memberships: { cluster, offsets }, order }: Case) {
  const clustersOf = (row: number): Int32Array =>
    offsets ? cluster.subarray(offsets[row], offsets[row + 1]) : cluster.subarray(row, row + 1);
  const areCopies = (a: number, b: number): boolean =>
    values.subarray(a * dim, (a + 1) * dim).every((value, d) => Object.is(value, values[b * dim + d]));
  const cosine = (a: number, b: number): number =>
    areCopies(a, b) ? 1 : Math.min(1, dot(values, a, values, b, dim));
  const isCompared = (a: number, b: number): boolean => clustersOf(a).some((c) => clustersOf(b).includes(c));
  return { order, cosine, isCompared };
}

/**
 * Lists the faults of groups, by the definitions of the contract. Cosines that differ from 1 - eps only by
 * rounding may be on either side.
 */
function faults(of: Case, rule: Rule, eps: number, { kept, score }: RowGroups): string[] {
  const { order, cosine, isCompared } = cosinesOf(of);
  const found: string[] = [];
  const similar = (a: number, b: number): boolean =>
    isCompared(a, b) && cosine(a, b) > 0 && cosine(a, b) >= 1 - eps;
  const isDropped = (row: number): boolean => kept[row] !== row;
  const component = componentsOf(order, similar);
  order.forEach((row, rank) => {
    const before = [...order.subarray(0, rank)];
    if (isDropped(row) && isDropped(kept[row])) found.push(`${row}: ${kept[row]} is dropped itself`);
    if (isDropped(row) !== !Number.isNaN(score[row])) found.push(`${row}: score ${score[row]}`);
    if (isDropped(row) && !(Math.abs(score[row] - cosine(row, kept[row])) <= TOLERANCE))
      found.push(`${row}: ${score[row]}, not ${cosine(row, kept[row])}`);
    const best = (rows: number[]): number => Math.max(...rows.map((other) => cosine(row, other)));
    if (rule === 'chain') {
      if (before.some((other) => similar(row, other)) !== isDropped(row)) found.push(`${row}: dropped?`);
    } else if (rule === 'covered') {
      const covering = before.filter((other) => !isDropped(other) && similar(row, other));
      if (covering.length > 0 !== isDropped(row)) found.push(`${row}: covered by ${covering.join()}`);
      else if (isDropped(row) && !covering.includes(kept[row])) found.push(`${row}: ${kept[row]}`);
      else if (isDropped(row) && cosine(row, kept[row]) < best(covering) - TOLERANCE)
        found.push(`${row}: ${kept[row]} is not the most similar`);
    } else if (kept[row] !== component[row]) found.push(`${row}: ${kept[row]}, not ${component[row]}`);
  });
  return found;
}

/** Maps each row to the first row of its component. */
function componentsOf(order: Int32Array, similar: (a: number, b: number) => boolean): Int32Array {
  const component = new Int32Array(order.length).fill(-1);
  for (const root of order) {
    if (component[root] >= 0) continue;
    const queue = [root];
    component[root] = root;
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      for (const other of order) {
        if (component[other] >= 0 || !similar(row, other)) continue;
        component[other] = root;
        queue.push(other);
      }
    }
  }
  return component;
}

/** True when a cosine is so near to 1 - eps that rounding decides. */
function isOnLine(of: Case, eps: number): boolean {
  const { order, cosine } = cosinesOf(of);
  return order.some((a) =>
    order.some(
      (b) =>
        a !== b && [1 - eps, 0].some((line) => Math.abs(cosine(a, b) - line) < TOLERANCE && cosine(a, b) < 1),
    ),
  );
}

describe.each(backends)('groups of rows on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  async function run(of: Case, rule: Rule, eps: number, limit = Infinity, where = MEMORY) {
    const store = storeOf(of.values, of.dim, where);
    try {
      const clusters = clusterOrder(of.memberships, of.clusters, of.order);
      const options = { ...quiet, kernels };
      const found = await pairwise(store, clusters, options);
      return await rowGroups(store, { clusters, order: of.order, found }, { rule, eps, limit }, options);
    } finally {
      store.close();
    }
  }

  const cases = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    topics: fc.integer({ min: 1, max: 12 }),
    noise: fc.constantFrom(0, 0.05, 0.2, 0.4),
    overlaps: fc.boolean(),
    seed: fc.nat(10_000),
  });

  test.each(RULES)(
    'by rule %s are what the contract says, whatever the clusters, copies and ties',
    async (rule) => {
      const property = fc.asyncProperty(
        cases,
        fc.constantFrom(0, 0.01, 0.05, 0.2, 1),
        fc.boolean(),
        async (how, eps, inFile) => {
          const of = makeCase(how.rows, how.topics, how.noise, how.overlaps, how.seed);
          fc.pre(!isOnLine(of, eps));
          const groups = await run(of, rule, eps, Infinity, inFile ? FILE : MEMORY);
          expect(faults(of, rule, eps, groups)).toEqual([]);
        },
      );
      await fc.assert(property, { numRuns: caseCount(name === 'webgpu' ? 10 : 60) });
    },
  );

  test('few duplicates meet all rows, many meet those before them: no difference', async () => {
    const of = makeCase(60, 20, 0.3, true, 5);
    for (const eps of [0.02, 0.1, 0.5, 0.9]) {
      const groups = await run(of, 'covered', eps);
      expect(faults(of, 'covered', eps, groups), String(eps)).toEqual([]);
    }
  });

  test('more pairs than the limit are an error with their number; a chain needs none', async () => {
    const of = makeCase(30, 1, 0.05, false, 3);
    const error = await run(of, 'covered', 0.5, 434).catch((thrown: unknown) => thrown);
    expect(error).toEqual(new TooManyPairs(435, 434));
    expect((await run(of, 'covered', 0.5, 435)).kept).toHaveLength(30);
    expect((await run(of, 'chain', 0.5, 1)).kept).toHaveLength(30);
  });
});
