import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCpuKernels } from '../../../src/kernels/cpu/index.ts';
import { Graphs } from '../../../src/kernels/cpu/products/graphs.ts';
import { countPairs, earlierInRange } from '../../../src/kernels/pairs.ts';
import { viewOf } from '../../../src/rows/rowView.ts';
import { searchEarlier, work } from '../calls.ts';
import { CALLS, calls, dim, large } from '../longCalls.ts';
import { embeddings, offsetsOf } from '../rows.ts';

describe('Ctrl-C and progress on the CPU', () => {
  afterEach(() => void vi.restoreAllMocks());

  test.each(calls)('%s stops within a few products', async (call) => {
    const kernels = await createCpuKernels({ workerValues: Infinity });
    const controller = new AbortController();
    let products = 0;
    for (const method of ['float32', 'int8', 'bytes'] as const) {
      const original = Graphs.prototype[method] as (...args: unknown[]) => Promise<void>;
      vi.spyOn(Graphs.prototype, method).mockImplementation(function (this: Graphs, ...args: unknown[]) {
        if (++products === 10) controller.abort(new Error('stopped'));
        return original.apply(this, args);
      });
    }
    const rows = viewOf(large, dim);
    await expect(CALLS[call](kernels, rows, { ...work, signal: controller.signal })).rejects.toThrow(
      'stopped',
    );
    // At most the products of a tile of 2,048 rows.
    expect(products).toBeLessThan(10 + 12);
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
