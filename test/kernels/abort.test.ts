import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { viewOf } from '../../src/rows/rowView.ts';
import { backends, openKernels } from './backends.ts';
import { searchEarlier, work } from './calls.ts';
import { CALLS, calls, dim, large } from './longCalls.ts';
import { bestFaults, earlierRows } from './naive.ts';
import { offsetsOf } from './rows.ts';

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
