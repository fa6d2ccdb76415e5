import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Kernels, Work } from '../../../src/kernels/kernels.ts';
import { countPairs, earlierInRange, everything } from '../../../src/kernels/pairs.ts';
import { GpuDevice } from '../../../src/kernels/webgpu/device/gpuDevice.ts';
import { Staging } from '../../../src/kernels/webgpu/device/staging.ts';
import { createWebGpuKernels } from '../../../src/kernels/webgpu/index.ts';
import { viewOf } from '../../../src/rows/rowView.ts';
import { hasAdapter } from '../backends.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from '../calls.ts';
import { bestFaults, centroidsOf, earlierRows } from '../naive.ts';
import { embeddings, offsetsOf } from '../rows.ts';

const dim = 32;
const few = embeddings({ rows: 300, dim, topics: 30 });
const large = viewOf(embeddings({ rows: 40_000, dim, topics: 300 }), dim);
const cluster = offsetsOf([40_000]);
const centroids = centroidsOf(embeddings({ rows: 4000, dim, topics: 400, seed: 3 }), dim);

const CALLS: Record<string, (kernels: Kernels, how: Work) => Promise<unknown>> = {
  'one large cluster': (kernels, how) => searchEarlier(kernels, large, cluster, how),
  'a search among centroids': (kernels, how) => searchAll(kernels, large, centroids, how),
  'a Lloyd iteration': (kernels, how) => freshLloydStep(kernels, large, centroids, how),
};
const PAIRS: Record<string, number> = {
  'one large cluster': countPairs(earlierInRange(cluster)),
  'a search among centroids': countPairs(everything(40_000, 4000)),
  'a Lloyd iteration': countPairs(everything(40_000, 4000)),
};

describe.runIf(hasAdapter)('a long call on webgpu', () => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await createWebGpuKernels()));
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => kernels.close());

  /** Submits that the device has not finished yet. */
  const submits = () => {
    const state = { open: 0, all: 0 };
    const original = GpuDevice.prototype.submit;
    vi.spyOn(GpuDevice.prototype, 'submit').mockImplementation(async function (this: GpuDevice, encode) {
      state.open++;
      state.all++;
      await original.call(this, encode).finally(() => state.open--);
    });
    return state;
  };

  test.each(Object.keys(CALLS))('%s stops within a second, and leaves nothing running', async (call) => {
    const state = submits();
    const controller = new AbortController();
    let abortedAt = 0;
    let furthest = 0;
    const progress = (done: number): void => {
      furthest = Math.max(furthest, done);
      if (done === 0 || abortedAt > 0) return;
      abortedAt = performance.now();
      controller.abort(new Error('stopped'));
    };
    const how = { ...work, signal: controller.signal, progress };
    await expect(CALLS[call](kernels, how)).rejects.toThrow('stopped');
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    expect(state.all).toBeGreaterThan(0);
    expect(state.open).toBe(0);
    expect(furthest).toBeLessThan(PAIRS[call] / 2);
    const found = await searchEarlier(kernels, viewOf(few, dim), offsetsOf([300]));
    expect(bestFaults(found, few, few, dim, earlierRows(offsetsOf([300])))).toEqual([]);
  });

  test('one that is aborted while rows go up stops there, and does not hold them', async () => {
    const other = await createWebGpuKernels();
    const controller = new AbortController();
    const writes = vi.spyOn(Staging.prototype, 'write');
    writes.mockImplementationOnce(async () => controller.abort(new Error('stopped')));
    const rows = viewOf(new Float32Array(2 ** 22 + dim).fill(0.1), dim);
    const call = searchEarlier(other, rows, offsetsOf([rows.count]), { ...work, signal: controller.signal });
    await expect(call).rejects.toThrow('stopped');
    // An upload takes at most 16 MiB.
    expect(writes).toHaveBeenCalledTimes(1);
    const again = searchEarlier(other, rows, Float64Array.of(0, 2));
    expect([...(await again).index.subarray(0, 3)]).toEqual([-1, 0, -1]);
    expect(writes).toHaveBeenCalledTimes(1 + 2);
    await other.close();
  });

  test('progress counts pairs, in order, up to all of them', async () => {
    const seen: number[] = [];
    const times: number[] = [performance.now()];
    const offsets = offsetsOf([1, 2500, 7]);
    const total = countPairs(earlierInRange(offsets));
    const progress = (done: number, all: number): void => {
      expect(all).toBe(total);
      seen.push(done);
      times.push(performance.now());
    };
    const rows = viewOf(embeddings({ rows: 2508, dim, topics: 300 }), dim);
    await searchEarlier(kernels, rows, offsets, { ...work, progress });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.filter((done) => done > 0 && done < total).length).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe(total);
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    expect(Math.max(...gaps)).toBeLessThan(1000);
    expect(seen.filter((done) => done > total)).toEqual([]);
  });

  test('progress of a Lloyd iteration counts rows times centroids', async () => {
    let last = [0, 0];
    const progress = (done: number, all: number): void => void (last = [done, all]);
    await freshLloydStep(kernels, viewOf(few, dim), centroids, { ...work, progress });
    expect(last).toEqual([300 * 4000, 300 * 4000]);
  });

  test('an error of who hears of progress ends the call, and the next one is sound', async () => {
    const progress = (): void => {
      throw new Error('nobody listens');
    };
    await expect(searchEarlier(kernels, large, cluster, { ...work, progress })).rejects.toThrow(
      'nobody listens',
    );
    const found = await searchEarlier(kernels, viewOf(few, dim), offsetsOf([300]));
    expect(bestFaults(found, few, few, dim, earlierRows(offsetsOf([300])))).toEqual([]);
  });
});
