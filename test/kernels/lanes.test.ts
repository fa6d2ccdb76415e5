import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuKernels } from '../../src/kernels/cpu/index.ts';
import { WorkerLane } from '../../src/kernels/cpu/lanes/workerLane.ts';
import type { BestEarlier, Kernels } from '../../src/kernels/kernels.ts';
import { upload } from './backends.ts';
import { bestFaults, centroidsOf, earlierRows } from './naive.ts';
import { embeddings, offsetsOf } from './rows.ts';

const lane = new URL('../../dist/kernels/cpu/lanes/workerLane.js', import.meta.url).href;
const dim = 96;
const sizes = [1, 700, 3, 0, 2500, 40, 40, 256];
const offsets = offsetsOf(sizes);
const rows = sizes.reduce((sum, size) => sum + size, 0);
const values = embeddings({ rows, dim, topics: 30 });
const centroids = centroidsOf(embeddings({ rows: 33, dim, seed: 5 }), dim);

/** Everything kernels compute. */
async function results(kernels: Kernels): Promise<unknown[]> {
  const x = await upload(kernels, values, dim);
  const y = await upload(kernels, values.slice(0, 600 * dim), dim);
  const once = await kernels.upload(rows, dim, (target) => target.set(values), { once: true });
  const totals = { sums: new Float64Array(33 * dim), counts: new Float64Array(33) };
  const label = new Int32Array(rows + 600).fill(-1);
  await kernels.lloydStep([x, y], centroids, totals, label);
  const found = [
    await kernels.assign(x, centroids),
    await kernels.assign(once, centroids),
    await kernels.maxOverEarlier(x, offsets),
    await kernels.maxOver(x, y),
    await kernels.maxOver(y, x),
  ];
  for (const matrix of [x, y, once]) matrix.free();
  return [label, totals, ...found];
}

describe('worker threads', () => {
  let own: unknown[];
  beforeAll(async () => {
    const kernels = await createCpuKernels({ workerValues: Infinity });
    own = await results(kernels);
    await kernels.close();
  });

  test.each([1, 2, 3, 16])('%i of them compute the bits of one thread', async (threads) => {
    const kernels = await createCpuKernels({ threads, workerValues: 0 });
    expect(await results(kernels)).toEqual(own);
    await kernels.close();
  });

  test('how many there are may change between statements', async () => {
    const kernels = await createCpuKernels({ threads: 1, workerValues: 0 });
    for (const threads of [1, 3, 2]) {
      kernels.useThreads!(threads);
      expect(kernels.device).toMatch(new RegExp(` ${threads} threads?$`));
      expect(await results(kernels)).toEqual(own);
    }
    await kernels.close();
  });

  test('what they compute is right', () => {
    const found = own[4] as BestEarlier;
    expect(bestFaults(found, values, values, dim, earlierRows(offsets))).toEqual([]);
  });
});

test('worker threads that wait, used or not, let the process end, once they have loaded', async () => {
  const script = `
    import { WorkerLane } from ${JSON.stringify(lane)};
    const [used] = [new WorkerLane(true), new WorkerLane(true)];
    await used.release(1);
    new WorkerLane(true);
    console.log('done');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
  const ended = new Promise((resolve) => child.on('close', resolve));
  expect(await text(child.stdout)).toBe('done\n');
  expect(await ended).toBe(0);
});

describe('a worker thread', () => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await createCpuKernels({ threads: 2, workerValues: 0 })));
  afterAll(() => kernels.close());

  test('passes errors on and goes on', async () => {
    const store = { dim, rows: 100, blockRows: 100, blocks: [], firstInFile: 0, file: undefined };
    const x = await kernels.upload(5, dim, () => {}, { stored: { store, start: 0 } });
    await expect(kernels.assign(x, centroids)).rejects.toThrow('row 0 is not stored');
    x.free();
    const y = await upload(kernels, values, dim);
    await expect(kernels.assign(y, centroids)).resolves.toBeDefined();
    y.free();
  });

  test('that is gone rejects what it was asked', async () => {
    const lane = new WorkerLane(true);
    const asked = lane.release(1);
    await lane.close();
    await asked;
    await expect(lane.release(2)).rejects.toThrow('a worker thread ended');
  });
});
