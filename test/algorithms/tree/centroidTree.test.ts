import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nearestCentroids } from '../../../src/algorithms/centroids.ts';
import { sortIntoBranches } from '../../../src/algorithms/tree/branchRows.ts';
import { growTree } from '../../../src/algorithms/tree/centroidTree.ts';
import { renumber, withCentroids } from '../../../src/algorithms/tree/fittedTree.ts';
import { reachOf } from '../../../src/algorithms/tree/reach.ts';
import { searchReach } from '../../../src/algorithms/tree/reachSearch.ts';
import { minReach, maxReach } from '../../../src/algorithms/tree/costModel.ts';
import type { Centroids, Kernels } from '../../../src/kernels/kernels.ts';
import { viewOf } from '../../../src/rows/rowView.ts';
import { backends, openKernels } from '../../kernels/backends.ts';
import { dot } from '../../kernels/naive.ts';
import { embeddings } from '../../kernels/rows.ts';
import { quiet } from '../stores.ts';

const [dim, k, rows] = [12, 500, 900];
const values = embeddings({ rows: k, dim, topics: 40, noise: 0.7, seed: 3 }).map((value) => value * 0.8);
const centroids = nearestCentroids(values, dim);
const x = embeddings({ rows, dim, topics: 40, noise: 0.7, seed: 8 });

/** The product of a row with a direction, in float64. */
const along = (of: Float32Array, row: number, directions: Centroids): number[] =>
  Array.from({ length: directions.k }, (_, b) => dot(of, row, directions.values, b, dim));

describe.each(backends)('a tree of centroids on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const options = () => ({ kernels, ...quiet, seed: 42 });
  /** A tree, rows in its branches, and the centroids that branches reach by the labels of the first 300 rows. */
  const fit = async () => {
    const tree = await growTree(centroids, options());
    const branched = await sortIntoBranches(viewOf(x, dim), tree.directions, options());
    const label = Int32Array.from({ length: rows }, (_, row) => (row < 300 ? (row * 7) % k : -1));
    return { tree, branched, label, reach: reachOf(tree, branched, label) };
  };
  let fitted: Awaited<ReturnType<typeof fit>>;
  beforeAll(async () => void (fitted = await fit()));

  test('each centroid is in the one branch that points its way the most', () => {
    const { directions, numbers, offsets } = fitted.tree;
    expect(directions.k).toBe(45);
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: k }, (_, c) => c));
    const wrong: number[] = [];
    for (let b = 0; b < directions.k; b++) {
      for (const c of numbers.subarray(offsets[b], offsets[b + 1])) {
        const scores = along(values, c, directions);
        if (scores[b] < Math.max(...scores) - 1e-6) wrong.push(c);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('each row is in the one branch that points its way the most, in its order', () => {
    const { tree, branched } = fitted;
    expect([...branched.numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
    const wrong: number[] = [];
    for (let b = 0; b < tree.directions.k; b++) {
      const members = branched.numbers.subarray(branched.offsets[b], branched.offsets[b + 1]);
      expect([...members]).toEqual([...members].sort((one, other) => one - other));
      for (const row of members) {
        const scores = along(x, row, tree.directions);
        if (scores[b] < Math.max(...scores) - 1e-6) wrong.push(row);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a branch reaches its own centroids and those of the labels in it, each once and in order', () => {
    const { tree, branched, label, reach } = fitted;
    for (let b = 0; b < tree.directions.k; b++) {
      const list = [...reach.centroids.subarray(reach.offsets[b], reach.offsets[b + 1])];
      expect(list).toEqual([...new Set(list)].sort((one, other) => one - other));
      expect(list.length).toBeGreaterThanOrEqual(minReach(k));
      expect(list.length).toBeLessThanOrEqual(maxReach(k));
      const own = tree.numbers.subarray(tree.offsets[b], tree.offsets[b + 1]);
      const seen = [...branched.numbers.subarray(branched.offsets[b], branched.offsets[b + 1])]
        .map((row) => label[row])
        .filter((c) => c >= 0);
      expect([...own, ...seen].filter((c) => !list.includes(c))).toEqual([]);
    }
  });

  test('a row finds the nearest of the centroids that its branch reaches', async () => {
    const { tree, branched, reach } = fitted;
    const { score, index } = await searchReach(branched, centroids, reach, options());
    const wrong: number[] = [];
    for (let b = 0; b < tree.directions.k; b++) {
      const list = [...reach.centroids.subarray(reach.offsets[b], reach.offsets[b + 1])];
      for (let i = branched.offsets[b]; i < branched.offsets[b + 1]; i++) {
        const product = (c: number): number => dot(x, branched.numbers[i], values, c, dim);
        const best = Math.max(...list.map((c) => product(c) + centroids.bias[c]));
        const found = product(index[i]);
        const right =
          list.includes(index[i]) &&
          found + centroids.bias[index[i]] >= best - 2e-6 &&
          Math.abs(found - score[i]) <= 2e-6;
        if (!right) wrong.push(i);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('numbers follow the branches, and nothing else changes', async () => {
    const { tree, branched, reach } = fitted;
    const renumbered = renumber({ ...tree, reach });
    expect([...renumbered.numbers]).toEqual(Array.from({ length: k }, (_, c) => c));
    const before = await searchReach(branched, centroids, reach, options());
    const after = await searchReach(branched, renumbered.centroids, renumbered.reach, options());
    expect([...after.index].map((c) => tree.numbers[c])).toEqual([...before.index]);
    expect(after.score).toEqual(before.score);
  });

  test('a centroid that moves onto a row is reached by it', async () => {
    const { tree, reach } = fitted;
    const moved = values.slice();
    moved.set(x.subarray(17 * dim, 18 * dim), 123 * dim);
    const after = await withCentroids({ ...tree, reach }, nearestCentroids(moved, dim), options());
    const one = await sortIntoBranches(viewOf(x.slice(17 * dim, 18 * dim), dim), after.directions, options());
    const { index } = await searchReach(one, after.centroids, after.reach, options());
    expect([...index]).toEqual([123]);
  });
});
