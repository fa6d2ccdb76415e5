import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nearestCentroids } from '../../src/algorithms/centroids.ts';
import { chooseOverlap, completeOverlap } from '../../src/algorithms/pairwise/chooseOverlap.ts';
import {
  comparedRows,
  type Memberships,
  type RankedRows,
} from '../../src/algorithms/pairwise/clusterOrder.ts';
import { labelDistances, overlapping } from '../../src/algorithms/pairwise/overlap.ts';
import type { Overlap } from '../../src/algorithms/pairwise/borders.ts';
import { pairwise, type Pairwise } from '../../src/algorithms/pairwise/pairwise.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { backends, openKernels } from '../kernels/backends.ts';
import { dot } from '../kernels/naive.ts';
import { embeddings, randomNumbers, unitRows } from '../kernels/rows.ts';
import { quiet, shuffled, storeOf } from './stores.ts';
import { caseCount } from '../support/cases.ts';

interface Case {
  readonly dim: number;
  /** Unit-length rows. */
  readonly values: Float32Array;
  /** k × dim. */
  readonly centroids: Float32Array;
  readonly cluster: Int32Array;
  readonly order: Int32Array;
}

const rowsOf = ({ values, dim }: Case): number => values.length / dim;

/** Centroids near the rows, like those of k-means: each is the mean of a few rows. */
function means(values: Float32Array, dim: number, k: number, random: () => number): Float32Array {
  const rows = values.length / dim;
  const centroids = new Float32Array(k * dim);
  for (let c = 0; c < k; c++) {
    for (let i = 0; i < 3; i++) {
      const row = Math.min(rows - 1, Math.floor(((random() + 1) / 2) * rows));
      for (let d = 0; d < dim; d++) centroids[c * dim + d] += values[row * dim + d] / 3;
    }
  }
  return centroids;
}

function nearestTo({ values, dim, centroids }: Omit<Case, 'cluster' | 'order'>): Int32Array {
  const k = centroids.length / dim;
  return Int32Array.from({ length: values.length / dim }, (_, row) => {
    let best = 0;
    let least = Infinity;
    for (let c = 0; c < k; c++) {
      const squared = dot(centroids, c, centroids, c, dim) - 2 * dot(values, row, centroids, c, dim);
      if (squared < least) [best, least] = [c, squared];
    }
    return best;
  });
}

/**
 * Pairs of rows on both sides of the border between two centroids. Each row is half of their distance away
 * from the border.
 */
function straddling(
  rows: number,
  dim: number,
  random: () => number,
): { values: Float32Array; centroids: Float32Array } {
  const vector = (): Float64Array => Float64Array.from({ length: dim }, random);
  const axis = [...unitRows([vector()])];
  const base = vector();
  const across = base.reduce((sum, value, d) => sum + value * axis[d], 0);
  const along = base.map((value, d) => value - across * axis[d]);
  const points: Float64Array[] = [];
  for (let i = 0; i < rows; i += 2) {
    const noise = vector();
    const off = noise.reduce((sum, value, d) => sum + value * axis[d], 0);
    const [q] = [unitRows([along.map((value, d) => value + 0.3 * (noise[d] - off * axis[d]))])];
    const h = 0.001 + ((random() + 1) / 2) ** 3 * 0.3;
    for (const side of [h, -h])
      points.push(Float64Array.from(q, (value, d) => Math.sqrt(1 - h * h) * value + side * axis[d]));
  }
  const centroids = new Float32Array(2 * dim);
  for (let d = 0; d < dim; d++) {
    centroids[d] = 0.7 * along[d] + 0.2 * axis[d];
    centroids[dim + d] = 0.7 * along[d] - 0.2 * axis[d];
  }
  return { values: unitRows(points.slice(0, rows)), centroids };
}

const KINDS = ['topics', 'everywhere', 'crowd', 'straddling'] as const;

function makeCase(
  kind: (typeof KINDS)[number],
  rows: number,
  dim: number,
  k: number,
  labels: string,
  seed: number,
): Case {
  const random = randomNumbers(seed);
  const order = shuffled(rows, random);
  let values: Float32Array;
  let centroids: Float32Array;
  if (kind === 'straddling') {
    ({ values, centroids } = straddling(rows, dim, random));
  } else {
    const noise = { topics: 0.3, everywhere: 1, crowd: 0.01 }[kind];
    values = embeddings({ rows, dim, seed, topics: kind === 'everywhere' ? rows : 3, noise });
    centroids = means(values, dim, k, random);
  }
  const count = centroids.length / dim;
  const cluster =
    labels === 'nearest'
      ? nearestTo({ values, dim, centroids })
      : Int32Array.from({ length: rows }, () =>
          Math.min(count - 1, Math.floor(((random() + 1) / 2) * count)),
        );
  return { dim, values, centroids, cluster, order };
}

async function membershipsOf(
  kernels: Kernels,
  given: Case,
  overlap: Overlap,
  memory = 2 ** 30,
  rows?: Int32Array,
): Promise<Memberships> {
  const store = storeOf(given.values, given.dim);
  const options = { ...quiet, kernels, memory };
  const centroids = nearestCentroids(given.centroids, given.dim);
  const labels = await labelDistances(store, centroids, given.cluster, options);
  const found = await overlapping(store, centroids, labels, overlap, options, rows);
  store.close();
  return found;
}

async function pairsOf(
  kernels: Kernels,
  { values, dim, order }: Case,
  memberships: Memberships,
  clusters: number,
  exempt?: Omit<RankedRows, 'order'>,
): Promise<Pairwise> {
  const store = storeOf(values, dim);
  const compared = comparedRows(memberships, clusters, { order, ...exempt });
  const found = await pairwise(store, compared, { ...quiet, kernels });
  store.close();
  return found;
}

/** Distances of a row to the borders between its cluster and each other cluster, in float64. */
function borders({ values, dim, centroids, cluster }: Case, row: number): Map<number, number> {
  const squared = (c: number): number => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (values[row * dim + d] - centroids[c * dim + d]) ** 2;
    return sum;
  };
  const own = cluster[row];
  const found = new Map<number, number>();
  for (let c = 0; c < centroids.length / dim; c++) {
    if (c === own) continue;
    let apart = 0;
    for (let d = 0; d < dim; d++) apart += (centroids[c * dim + d] - centroids[own * dim + d]) ** 2;
    found.set(c, apart === 0 ? 0 : (squared(c) - squared(own)) / (2 * Math.sqrt(apart)));
  }
  return found;
}

/** The centroids, sorted by their distance to a row. */
function nearestFirst({ values, dim, centroids }: Case, row: number): number[] {
  const squared = Float64Array.from({ length: centroids.length / dim }, (_, c) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (values[row * dim + d] - centroids[c * dim + d]) ** 2;
    return sum;
  });
  return [...squared.keys()].sort((a, b) => squared[a] - squared[b]);
}

/** The smallest distance between two centroids. */
function closest({ centroids, dim }: Case): number {
  let least = Infinity;
  for (let a = 0; a < centroids.length; a += dim) {
    for (let b = 0; b < a; b += dim) {
      let squared = 0;
      for (let d = 0; d < dim; d++) squared += (centroids[a + d] - centroids[b + d]) ** 2;
      least = Math.min(least, Math.sqrt(squared));
    }
  }
  return least;
}

const clustersOf = ({ cluster, offsets }: Memberships, row: number): number[] => [
  ...cluster.subarray(offsets![row], offsets![row + 1]),
];

/** The pairs found within an eps. */
const within = ({ score, maxRow }: Pairwise, eps: number): unknown[] =>
  [...score.keys()].filter((row) => score[row] >= 1 - eps).map((row) => [row, score[row], maxRow[row]]);

/** Software adapters are slow. */
const RUNS = { reference: 150, cpu: 150, webgpu: 10 };

describe.each(backends)('overlap on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  test('√(eps / 2) without a limit finds every pair that brute force finds, whatever the clusters', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.integer({ min: 2, max: 70 }),
        fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constantFrom(128, 768)),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('nearest', 'any'),
        fc.integer({ min: 1, max: 1_000_000 }),
        async (kind, rows, dim, k, labels, seed) => {
          const given = makeCase(kind, rows, dim, k, labels, seed);
          const clusters = given.centroids.length / dim;
          const all = await pairsOf(kernels, given, { cluster: new Int32Array(rows) }, 1);
          // Test eps exactly at the scores: a pair at eps is within eps.
          const scores = [...new Set(all.score)].filter((score) => score >= 0.5);
          const at = [...scores.slice(0, 3), 0.995, 0.98, 0.9];
          for (const least of at) {
            const eps = 1 - least;
            const overlap = { distance: Math.sqrt(eps / 2), memberships: 0 };
            const memberships = await membershipsOf(kernels, given, overlap);
            const found = await pairsOf(kernels, given, memberships, clusters);
            expect(within(found, eps)).toEqual(within(all, eps));
          }
        },
      ),
      { numRuns: caseCount(RUNS[name]) },
    );
  });

  test('√(2 eps) of one side finds every pair too, where rows are in the cluster of their nearest centroid', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.integer({ min: 2, max: 70 }),
        fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constantFrom(128, 768)),
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 1, max: 1_000_000 }),
        async (kind, rows, dim, k, share, seed) => {
          const given = makeCase(kind, rows, dim, k, 'nearest', seed);
          const earlier = Math.ceil(rows * share);
          const ranked = { exemptCount: earlier, earlier };
          const all = await pairsOf(kernels, given, { cluster: new Int32Array(rows) }, 1, ranked);
          const scores = [...new Set(all.score)].filter((score) => score >= 0.5);
          for (const least of [...scores.slice(0, 3), 0.995, 0.98, 0.9]) {
            const eps = 1 - least;
            const own = given.order.subarray(earlier);
            const memberships = await membershipsOf(kernels, given, completeOverlap(eps, true), 2 ** 30, own);
            for (const row of given.order.subarray(0, earlier))
              expect(clustersOf(memberships, row)).toEqual([given.cluster[row]]);
            const found = await pairsOf(kernels, given, memberships, given.centroids.length / dim, ranked);
            expect(within(found, eps)).toEqual(within(all, eps));
          }
        },
      ),
      { numRuns: caseCount(RUNS[name]) },
    );
  });

  test('a row is a member of its own cluster, then of those with near borders, nearest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('nearest', 'any'),
        fc.constantFrom(0.01, 0.05, 0.2, 1),
        fc.constantFrom(0, 2, 4),
        fc.integer({ min: 1, max: 1_000_000 }),
        async (kind, k, labels, distance, memberships, seed) => {
          const given = makeCase(kind, 40, 16, k, labels, seed);
          const found = await membershipsOf(kernels, given, { distance, memberships });
          // When two centroids hardly differ, rounding moves the border between them.
          fc.pre(closest(given) > 0.01);
          const slack = 1e-3;
          for (let row = 0; row < rowsOf(given); row++) {
            const [own, ...others] = clustersOf(found, row);
            expect(own).toBe(given.cluster[row]);
            expect(new Set(others).size).toBe(others.length);
            expect(others).not.toContain(own);
            const near = borders(given, row);
            const far = others.map((c) => near.get(c)!);
            for (const [i, border] of far.entries()) {
              expect(border).toBeLessThanOrEqual(distance + slack);
              expect(border).toBeGreaterThanOrEqual((far[i - 1] ?? -Infinity) - slack);
            }
            const limit = memberships === 0 ? Infinity : memberships - 1;
            expect(others.length).toBeLessThanOrEqual(limit);
            const last = others.length < limit ? distance : far[far.length - 1];
            // With a limit, only the nearest centroids are examined.
            const candidates = memberships === 0 ? k : 8;
            const left = nearestFirst(given, row)
              .slice(0, candidates)
              .filter((c) => c !== own && near.get(c)! < last - slack && !others.includes(c));
            expect(left).toEqual([]);
          }
        },
      ),
      { numRuns: caseCount(RUNS[name]) },
    );
  });

  test('the memory of a search changes nothing', async () => {
    const given = makeCase('topics', 700, 12, 9, 'nearest', 3);
    const overlap = { distance: 0.1, memberships: 4 };
    const ample = await membershipsOf(kernels, given, overlap);
    expect(await membershipsOf(kernels, given, overlap, 1)).toEqual(ample);
    expect(ample.cluster.length).toBeGreaterThan(800);
  });

  test('an overlap is chosen so that the share asked for is found, and hardly more', async () => {
    const given = makeCase('everywhere', 500, 4, 9, 'nearest', 8);
    const eps = 0.03;
    const store = storeOf(given.values, given.dim);
    const centroids = nearestCentroids(given.centroids, given.dim);
    const sample = Int32Array.from({ length: 500 }, (_, row) => row);
    const choose = async (recall: number, memory = 2 ** 30): Promise<Overlap> => {
      const options = { ...quiet, kernels, memory };
      const labels = await labelDistances(store, centroids, given.cluster, options);
      const aim = { order: given.order, sample, eps, recall };
      return chooseOverlap(store, centroids, labels, aim, options);
    };
    const count = ({ score }: Pairwise): number => score.filter((value) => value >= 1 - eps).length;
    const all = count(await pairsOf(kernels, given, { cluster: new Int32Array(500) }, 1));
    const shares: number[] = [];
    const distances: number[] = [];
    for (const recall of [0.9, 0.95, 0.99]) {
      const overlap = await choose(recall);
      expect(await choose(recall, 1)).toEqual(overlap);
      distances.push(overlap.distance);
      const memberships = await membershipsOf(kernels, given, overlap);
      shares.push(count(await pairsOf(kernels, given, memberships, 9)) / all);
      expect(shares.at(-1)).toBeGreaterThanOrEqual(recall);
    }
    const none = count(await pairsOf(kernels, given, { cluster: given.cluster }, 9)) / all;
    expect(none).toBeLessThan(0.9);
    expect(shares[0]).toBeLessThan(0.97);
    expect(distances).toEqual(distances.toSorted((a, b) => a - b));
    expect(distances[2]).toBeLessThanOrEqual(completeOverlap(eps).distance);
    store.close();
  });

  test('a row compared in several clusters keeps the best of them, the earliest rank among equals', async () => {
    // Row 3 has the same similarity to rows 1 and 2, and is compared with them in different clusters. Rows 0
    // and 4 are equal, but share no cluster.
    const values = unitRows([
      [0, 1, 0],
      [1, 0.5, 0],
      [1, -0.5, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const memberships = {
      cluster: Int32Array.of(0, 0, 1, 1, 0, 2),
      offsets: Uint32Array.of(0, 1, 2, 3, 5, 6),
    };
    const given = { dim: 3, values, centroids: new Float32Array(9), cluster: new Int32Array(5) };
    const first = await pairsOf(kernels, { ...given, order: Int32Array.of(1, 2, 0, 3, 4) }, memberships, 3);
    expect([...first.maxRow]).toEqual([1, 1, 2, 1, 4]);
    const second = await pairsOf(kernels, { ...given, order: Int32Array.of(2, 1, 0, 3, 4) }, memberships, 3);
    expect([...second.maxRow]).toEqual([1, 1, 2, 2, 4]);
    expect(second.score[3]).toBeCloseTo(Math.sqrt(0.8), 6);
  });
});
