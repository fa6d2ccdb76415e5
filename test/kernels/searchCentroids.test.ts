import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Best, Centroids, Kernels } from '../../src/kernels/kernels.ts';
import { viewOf } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { searchAll, work } from './calls.ts';
import { TOLERANCE, centroidScores, centroidsOf, dot, farFrom } from './naive.ts';
import { embeddings, unitRows } from './rows.ts';

describe.each(backends)('search among centroids on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const run = (values: Float32Array, centroids: Centroids): Promise<Best> =>
    searchAll(kernels, viewOf(values, centroids.dim), centroids);

  /** Lists rows whose centroid is not the best, or whose product is wrong. */
  async function faults(values: Float32Array, centroids: Centroids): Promise<string[]> {
    const { index: label, score: product } = await run(values, centroids);
    return Array.from(label).flatMap((c, row) => {
      const scores = centroidScores(values, row, centroids);
      const exact = dot(values, row, centroids.values, c, centroids.dim);
      const right =
        scores[c] >= Math.max(...scores) - TOLERANCE && Math.abs(product[row] - exact) <= TOLERANCE;
      return right ? [] : [`row ${row}: centroid ${c} with ${product[row]} (${exact})`];
    });
  }

  test.each([
    [1, 1, 1],
    [300, 1, 7],
    [130, 130, 3],
    [200, 257, 65],
    [20, 10, 2000],
  ])('%i rows, %i centroids, %i dimensions', async (rows, k, dim) => {
    const centers = embeddings({ rows: k, dim, seed: 5, topics: 9 }).map((value) => value * 0.8);
    expect(await faults(embeddings({ rows, dim }), centroidsOf(centers, dim))).toEqual([]);
  });

  test('the bias decides between equal products', async () => {
    const centroids = {
      k: 3,
      dim: 2,
      values: Float32Array.of(1, 0, 1, 0, 1, 0),
      bias: Float32Array.of(-1, 0.5, 0),
    };
    const { index: label, score: product } = await run(unitRows([[1, 0]]), centroids);
    expect([label[0], product[0]]).toEqual([1, 1]);
  });

  test('a large bias overrules the product', async () => {
    const centroids = { k: 2, dim: 2, values: Float32Array.of(1, 0, -1, 0), bias: Float32Array.of(-4, 0) };
    const { index: label, score: product } = await run(unitRows([[1, 0]]), centroids);
    expect([label[0], product[0]]).toEqual([1, -1]);
  });

  test('ties go to the lowest centroid', async () => {
    const center = embeddings({ rows: 1, dim: 40 });
    const values = Float32Array.from({ length: 200 * 40 }, (_, i) => center[i % 40]);
    const { index: label } = await run(embeddings({ rows: 150, dim: 40 }), centroidsOf(values, 40));
    expect(label.every((c) => c === 0)).toBe(true);
  });

  test('a centroid at the origin', async () => {
    const centroids = centroidsOf(Float32Array.of(0, 0, 0.2, 0), 2);
    const { index: label, score: product } = await run(unitRows([[1, 0], [-1, 0], [0, 1]]), centroids); // prettier-ignore
    expect([...label]).toEqual([1, 0, 0]);
    expect(farFrom(product, [0.2, 0, 0])).toEqual([]);
  });

  test('no rows', async () => {
    const { index: label, score: product } = await run(
      new Float32Array(0),
      centroidsOf(Float32Array.of(1, 0), 2),
    );
    expect([label.length, product.length]).toEqual([0, 0]);
  });

  test('the same call twice gives the same bits', async () => {
    const centroids = centroidsOf(embeddings({ rows: 50, dim: 30, seed: 2 }), 30);
    const values = embeddings({ rows: 200, dim: 30 });
    expect(await run(values, centroids)).toEqual(await run(values, centroids));
  });

  test('each range of rows meets its own range of centroids', async () => {
    const dim = 70;
    const values = embeddings({ rows: 1500, dim, topics: 60 });
    const centroids = centroidsOf(embeddings({ rows: 200, dim, topics: 60, seed: 4 }), dim);
    // Ranges inside a tile of rows, over several tiles, without centroids, and without rows.
    const pairs = {
      queries: Float64Array.of(0, 10, 1400, 1430, 1430, 1490),
      targets: Float64Array.of(0, 40, 140, 140, 150, 199),
      earlier: false,
    };
    const { index, score } = await kernels.search(
      viewOf(values, dim),
      centroids,
      pairs,
      { kind: 'best' },
      work,
    );
    const rangeOf = (row: number): [number, number] =>
      row < 10 ? [0, 40] : row < 1400 ? [40, 140] : row < 1430 || row >= 1490 ? [0, 0] : [150, 199];
    const wrong = Array.from(index).flatMap((c, row) => {
      const [first, last] = rangeOf(row);
      if (first === last) return c === -1 && score[row] === -Infinity ? [] : [`row ${row}: centroid ${c}`];
      const scores = centroidScores(values, row, centroids).subarray(first, last);
      const right =
        scores[c - first] >= Math.max(...scores) - TOLERANCE &&
        Math.abs(score[row] - dot(values, row, centroids.values, c, dim)) <= TOLERANCE;
      return right ? [] : [`row ${row}: centroid ${c} with ${score[row]}`];
    });
    expect(wrong).toEqual([]);
  });
});
