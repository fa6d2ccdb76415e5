import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createCpuKernels } from '../../src/kernels/cpu/index.ts';
import { Graphs } from '../../src/kernels/cpu/products/graphs.ts';
import type { Kernels, Work } from '../../src/kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../src/kernels/pairs.ts';
import { viewOf, type RowView } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from './calls.ts';
import { bestFaults, centroidsOf, earlierRows } from './naive.ts';
import { embeddings, offsetsOf } from './rows.ts';

const dim = 64;
const large = embeddings({ rows: 6000, dim, topics: 30 });
const centroids = centroidsOf(embeddings({ rows: 2000, dim, topics: 40, seed: 3 }), dim);

/** The calls that take long, on one cluster, one assignment, one iteration. */
const CALLS: Record<string, (kernels: Kernels, rows: RowView, how: Work) => Promise<unknown>> = {
  'a search among earlier rows': (kernels, rows, how) =>
    searchEarlier(kernels, rows, offsetsOf([rows.count]), how),
  'a search among all targets': (kernels, rows, how) => searchAll(kernels, rows, rows, how),
  'a search among centroids': (kernels, rows, how) => searchAll(kernels, rows, centroids, how),
  'a Lloyd iteration': (kernels, rows, how) => freshLloydStep(kernels, rows, centroids, how),
};
const calls = Object.keys(CALLS);

describe.each(backends)('Ctrl-C on %s', (name) => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await openKernels(name)));
  afterAll(() => kernels.close());

  test.each(calls)('%s that begins after it is refused', async (call) => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(CALLS[call](kernels, viewOf(large, dim), { ...work, signal })).rejects.toThrow('stopped');
  });

  test.each(calls)('%s rejects with its reason, and the backend goes on', async (call) => {
    const controller = new AbortController();
    const running = CALLS[call](kernels, viewOf(large, dim), { ...work, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('stopped')));
    await expect(running).rejects.toThrow('stopped');
    const few = large.slice(0, 300 * dim);
    const found = await searchEarlier(kernels, viewOf(few, dim), offsetsOf([300]));
    expect(bestFaults(found, few, few, dim, earlierRows(offsetsOf([300])))).toEqual([]);
  });
});

describe('on the CPU', () => {
  afterEach(() => void vi.restoreAllMocks());

  test.each(calls)('%s stops within a few products', async (call) => {
    const kernels = await createCpuKernels({ workerValues: Infinity });
    const controller = new AbortController();
    let products = 0;
    for (const method of ['float32', 'int8', 'bytes'] as const) {
      const original = Graphs.prototype[method] as (...args: unknown[]) => Promise<void>;
      vi.spyOn(Graphs.prototype, method).mockImplementation(function (this: Graphs, ...args: unknown[]) {
        if (++products === 20) controller.abort(new Error('stopped'));
        return original.apply(this, args);
      });
    }
    const rows = viewOf(large, dim);
    await expect(CALLS[call](kernels, rows, { ...work, signal: controller.signal })).rejects.toThrow(
      'stopped',
    );
    // Those of a tile of 2,048 rows at most.
    expect(products).toBeLessThan(20 + 12);
    await kernels.close();
  });

  test('worker threads leave most of one large cluster undone', async () => {
    const kernels = await createCpuKernels({ workerValues: 0 });
    const controller = new AbortController();
    const offsets = offsetsOf([60_000]);
    const rows = viewOf(embeddings({ rows: 60_000, dim, topics: 500 }), dim);
    const seen: number[] = [];
    const running = searchEarlier(kernels, rows, offsets, {
      ...work,
      signal: controller.signal,
      progress(done) {
        seen.push(done);
        if (done > 0) controller.abort(new Error('stopped'));
      },
    });
    await expect(running).rejects.toThrow('stopped');
    expect(Math.max(...seen)).toBeLessThan(countPairs(earlierInRange(offsets)) / 2);
    await kernels.close();
  });

  test('progress counts the pairs of one large cluster, up to all of them', async () => {
    const kernels = await createCpuKernels();
    const offsets = offsetsOf([1, 30_000, 10]);
    const total = countPairs(earlierInRange(offsets));
    const seen: number[] = [];
    const rows = viewOf(embeddings({ rows: 30_011, dim: 32, topics: 500 }), 32);
    await searchEarlier(kernels, rows, offsets, {
      ...work,
      progress(done, all) {
        expect(all).toBe(total);
        seen.push(done);
      },
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.filter((done) => done > 0 && done < total).length).toBeGreaterThan(0);
    expect(Math.max(...seen)).toBeLessThanOrEqual(total);
    await kernels.close();
  });

  test('an error of who hears of progress ends the call', async () => {
    const kernels = await createCpuKernels();
    const rows = viewOf(embeddings({ rows: 30_000, dim: 32, topics: 500 }), 32);
    const progress = (): void => {
      throw new Error('nobody listens');
    };
    await expect(searchEarlier(kernels, rows, offsetsOf([30_000]), { ...work, progress })).rejects.toThrow(
      'nobody listens',
    );
    await kernels.close();
  });
});
