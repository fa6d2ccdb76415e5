import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackendName, Centroids, Kernels, LloydTotals } from '../../src/kernels/kernels.ts';
import { backends, openKernels, upload } from './backends.ts';
import { TOLERANCE, centroidScores, centroidsOf, farFrom } from './naive.ts';
import { embeddings } from './rows.ts';

/** How much worse than the best centroid a label may score: the CPU picks labels with int8 arithmetic. */
const LABEL_TOLERANCE: Record<BackendName, number> = { reference: 0, webgpu: TOLERANCE, cpu: 0.04 };

interface Step {
  readonly label: Int32Array;
  readonly totals: LloydTotals;
}

describe.each(backends)('lloydStep on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  async function run(blocks: readonly Float32Array[], centroids: Centroids): Promise<Step> {
    const { k, dim } = centroids;
    const matrices = [];
    for (const block of blocks) matrices.push(await upload(kernels, block, dim));
    const totals = { sums: new Float64Array(k * dim), counts: new Float64Array(k) };
    const rows = blocks.reduce((sum, block) => sum + block.length / dim, 0);
    const label = new Int32Array(rows).fill(-1);
    await kernels.lloydStep(matrices, centroids, totals, label);
    for (const matrix of matrices) matrix.free();
    return { totals, label };
  }

  /** Labels that are not close to the best, and sums that do not follow from the labels. */
  function faults(values: Float32Array, centroids: Centroids, { label, totals }: Step): string[] {
    const { k, dim } = centroids;
    const exact = { sums: new Float64Array(k * dim), counts: new Float64Array(k) };
    const badLabels = Array.from(label).flatMap((c, row) => {
      exact.counts[c]++;
      for (let d = 0; d < dim; d++) exact.sums[c * dim + d] += values[row * dim + d];
      const scores = centroidScores(values, row, centroids);
      return scores[c] >= Math.max(...scores) - LABEL_TOLERANCE[name] ? [] : [`row ${row}: label ${c}`];
    });
    const badSums = Array.from(totals.sums).flatMap((sum, i) => {
      const allowed = 1e-6 * (1 + exact.counts[Math.floor(i / dim)]);
      return Math.abs(sum - exact.sums[i]) <= allowed ? [] : [`value ${i}: sum ${sum}, not ${exact.sums[i]}`];
    });
    const badCounts = totals.counts.every((count, c) => count === exact.counts[c]) ? [] : ['counts'];
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
    expect(faults(values, centroids, await run([values], centroids))).toEqual([]);
  });

  test('blocks are gathered one after another, whatever their cut', async () => {
    const dim = 21;
    const values = embeddings({ rows: 333, dim });
    const centroids = centroidsOf(embeddings({ rows: 12, dim, seed: 8 }), dim);
    const cut = (...ends: number[]) =>
      ends.map((end, i) => values.slice((ends[i - 1] ?? 0) * dim, end * dim));
    const whole = await run([values], centroids);
    expect(faults(values, centroids, whole)).toEqual([]);
    for (const blocks of [cut(1, 130, 333), cut(200, 200, 333)]) {
      const { totals, label } = await run(blocks, centroids);
      expect(label).toEqual(whole.label);
      expect(totals.counts).toEqual(whole.totals.counts);
      expect(farFrom(Float32Array.from(totals.sums), whole.totals.sums, 1e-4)).toEqual([]);
    }
  });

  test('totals are added to, not overwritten', async () => {
    const values = Float32Array.of(1, 0, 0, 1);
    const x = await upload(kernels, values, 2);
    const totals = { sums: Float64Array.of(10, 20), counts: Float64Array.of(5) };
    await kernels.lloydStep([x], centroidsOf(Float32Array.of(0.5, 0.5), 2), totals, Int32Array.of(-1, -1));
    expect([...totals.sums, ...totals.counts]).toEqual([11, 21, 7]);
    x.free();
  });

  test('negative values and exact cancellation', async () => {
    const values = Float32Array.of(-0.6, 0.8, 0.6, -0.8, -1, 0);
    const { totals } = await run([values], centroidsOf(Float32Array.of(0, 0), 2));
    expect(totals.sums[0]).toBeCloseTo(-1, 6);
    expect(totals.sums[1]).toBe(0);
  });

  test('totals carried over to other centroids are those of a fresh start, to the bit', async () => {
    if (!kernels.movesRows) return;
    const dim = 70;
    const values = embeddings({ rows: 1500, dim });
    const x = await upload(kernels, values, dim);
    const carried = { sums: new Float64Array(9 * dim), counts: new Float64Array(9) };
    const label = new Int32Array(1500).fill(-1);
    for (const seed of [3, 4, 5]) {
      const centroids = centroidsOf(embeddings({ rows: 9, dim, seed }), dim);
      await kernels.lloydStep([x], centroids, carried, label);
      const fresh = await run([values], centroids);
      expect(label).toEqual(fresh.label);
      expect(carried).toEqual(fresh.totals);
    }
    x.free();
  });

  test('the same step twice gives the same bits', async () => {
    const values = embeddings({ rows: 700, dim: 17 });
    const centroids = centroidsOf(embeddings({ rows: 6, dim: 17, seed: 4 }), 17);
    expect(await run([values], centroids)).toEqual(await run([values], centroids));
  });
});
