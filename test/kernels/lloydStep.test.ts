import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackendName } from '../../src/kernels/backends.ts';
import type { Centroids, Kernels, LloydState } from '../../src/kernels/kernels.ts';
import { NEAR_COLUMNS as NEAR, Simd } from '../../src/simd/simd.ts';
import { sliceView, viewOf } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { freshLloydStep, work } from './calls.ts';
import { TOLERANCE, centroidScores, centroidsOf, farFrom } from './naive.ts';
import { embeddings } from './rows.ts';

/**
 * Tolerance for the score of a label below the best centroid. The CPU selects labels with int8 arithmetic.
 */
const LABEL_TOLERANCE: Record<BackendName, number> = { reference: 0, webgpu: TOLERANCE, cpu: 0.04 };

describe.each(backends)('lloydStep on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  const run = (values: Float32Array, centroids: Centroids): Promise<LloydState> =>
    freshLloydStep(kernels, viewOf(values, centroids.dim), centroids);

  /** Lists labels that are not close to the best, and sums that do not match the labels. */
  function faults(values: Float32Array, centroids: Centroids, { label, sums, counts }: LloydState): string[] {
    const { k, dim } = centroids;
    const exact = { sums: new Float64Array(k * dim), counts: new Float64Array(k) };
    const badLabels = Array.from(label).flatMap((c, row) => {
      exact.counts[c]++;
      for (let d = 0; d < dim; d++) exact.sums[c * dim + d] += values[row * dim + d];
      const scores = centroidScores(values, row, centroids);
      return scores[c] >= Math.max(...scores) - LABEL_TOLERANCE[name] ? [] : [`row ${row}: label ${c}`];
    });
    const badSums = Array.from(sums).flatMap((sum, i) => {
      const allowed = 1e-6 * (1 + exact.counts[Math.floor(i / dim)]);
      return Math.abs(sum - exact.sums[i]) <= allowed ? [] : [`value ${i}: sum ${sum}, not ${exact.sums[i]}`];
    });
    const badCounts = counts.every((count, c) => count === exact.counts[c]) ? [] : ['counts'];
    return [...badLabels, ...badSums, ...badCounts];
  }

  test.each([
    [1, 1, 1],
    [500, 1, 20],
    [400, 150, 9],
    [100, 100, 300],
    [10, 30, 40],
  ])('%i rows, %i centroids, %i dimensions', async (rows, k, dim) => {
    const values = embeddings({ rows, dim, topics: 7 });
    const centroids = centroidsOf(embeddings({ rows: k, dim, seed: 3 }).map((value) => value * 0.9), dim); // prettier-ignore
    expect(faults(values, centroids, await run(values, centroids))).toEqual([]);
  });

  test('rows counted before under their labels make the same sums, whichever of them were', async () => {
    const dim = 21;
    const values = embeddings({ rows: 333, dim });
    const centroids = centroidsOf(embeddings({ rows: 12, dim, seed: 8 }), dim);
    const whole = await run(values, centroids);
    expect(faults(values, centroids, whole)).toEqual([]);
    for (const count of [1, 130, 200, 333]) {
      const first = await freshLloydStep(kernels, sliceView(viewOf(values, dim), 0, count), centroids);
      const label = new Int32Array(333).fill(-1);
      label.set(first.label);
      const state = { ...first, label };
      await kernels.lloydStep(viewOf(values, dim), centroids, state, work);
      expect(state.label).toEqual(whole.label);
      expect(state.counts).toEqual(whole.counts);
      expect(farFrom(Float32Array.from(state.sums), whole.sums, 1e-4)).toEqual([]);
    }
  });

  test('a row that moves leaves the sum it was in', async () => {
    const rows = viewOf(Float32Array.of(1, 0, 0, 1), 2);
    const state = {
      label: Int32Array.of(1, -1),
      sums: Float64Array.of(0, 0, 1, 0),
      counts: Float64Array.of(0, 1),
    };
    await kernels.lloydStep(rows, centroidsOf(Float32Array.of(1, 0, 0, 1), 2), state, work);
    expect([...state.label, ...state.sums, ...state.counts]).toEqual([0, 1, 1, 0, 0, 1, 1, 1]);
  });

  test('negative values and exact cancellation', async () => {
    const values = Float32Array.of(-0.6, 0.8, 0.6, -0.8, -1, 0);
    const { sums } = await run(values, centroidsOf(Float32Array.of(0, 0), 2));
    expect(sums[0]).toBeCloseTo(-1, 6);
    expect(sums[1]).toBe(0);
  });

  test('a state carried over to other centroids is that of a fresh start, to the bit', async () => {
    const dim = 70;
    const rows = viewOf(embeddings({ rows: 1500, dim }), dim);
    const carried = {
      label: new Int32Array(1500).fill(-1),
      sums: new Float64Array(9 * dim),
      counts: new Float64Array(9),
    };
    for (const seed of [3, 4, 5]) {
      const centroids = centroidsOf(embeddings({ rows: 9, dim, seed }), dim);
      await kernels.lloydStep(rows, centroids, carried, work);
      expect(carried).toEqual(await freshLloydStep(kernels, rows, centroids));
    }
  });

  describe.each([
    [9, 70],
    [40, 70],
    [1100, 12],
  ])('near centroids of %i with %i dimensions', (k, dim) => {
    const count = 700;
    const values = embeddings({ rows: count, dim, topics: 30 });
    const rows = viewOf(values, dim);
    const centroids = centroidsOf(embeddings({ rows: k, dim, topics: 30, seed: 3 }), dim);
    const unknown = (): Int32Array => new Int32Array(new SharedArrayBuffer(count * NEAR * 4)).fill(-1);
    const emptyState = (near: Int32Array): LloydState => ({
      label: new Int32Array(count).fill(-1),
      sums: new Float64Array(k * dim),
      counts: new Float64Array(k),
      near,
    });

    test('a backend that keeps them says how many', () => {
      expect([undefined, new Simd().call.nearColumns()]).toContain(kernels.nearCentroids);
    });

    test('where they are unknown, rows meet all; those found are different, the label among them', async () => {
      const state = emptyState(unknown());
      await kernels.lloydStep(rows, centroids, state, work);
      expect(faults(values, centroids, state)).toEqual([]);
      const wrong = Array.from(state.label).filter((label, row) => {
        const near = [...state.near!.subarray(row * NEAR, (row + 1) * NEAR)].filter((c) => c >= 0);
        const isKnown = near.length > 0;
        return (
          isKnown && !(near.includes(label) && new Set(near).size === near.length && Math.max(...near) < k)
        );
      });
      expect(wrong).toEqual([]);
    });

    test('where they are known, no label is worse than the best of them', async () => {
      const near = unknown().map((_, i) => (7 * Math.floor(i / NEAR) + (i % NEAR)) % k);
      const state = emptyState(unknown());
      state.near!.set(near);
      await kernels.lloydStep(rows, centroids, state, work);
      const wrong = Array.from(state.label).filter((label, row) => {
        const scores = centroidScores(values, row, centroids);
        const known = [...near.subarray(row * NEAR, (row + 1) * NEAR)];
        const best = Math.max(...known.map((c) => scores[c]));
        return !(scores[label] >= best - LABEL_TOLERANCE[name]);
      });
      expect(wrong).toEqual([]);
      expect(state.counts.reduce((sum, c) => sum + c, 0)).toBe(count);
    });
  });

  test('the same step twice gives the same bits', async () => {
    const values = embeddings({ rows: 700, dim: 17 });
    const centroids = centroidsOf(embeddings({ rows: 6, dim: 17, seed: 4 }), 17);
    expect(await run(values, centroids)).toEqual(await run(values, centroids));
  });
});
