import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuKernels } from '../../../src/kernels/cpu/index.ts';
import { WorkerLane } from '../../../src/kernels/cpu/lanes/workerLane.ts';
import type { Best, Kernels, Work } from '../../../src/kernels/kernels.ts';
import { pickRows, sliceView, viewOf, viewRows } from '../../../src/rows/rowView.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from '../calls.ts';
import { bestFaults, centroidsOf, earlierRows } from '../naive.ts';
import { embeddings, offsetsOf } from '../rows.ts';

const lane = new URL('../../../dist/kernels/cpu/lanes/workerLane.js', import.meta.url).href;
const dim = 96;
const sizes = [1, 700, 3, 0, 2500, 40, 40, 256];
const offsets = offsetsOf(sizes);
const rows = sizes.reduce((sum, size) => sum + size, 0);
const values = embeddings({ rows, dim, topics: 30 });
const centroids = centroidsOf(embeddings({ rows: 33, dim, seed: 5 }), dim);

/** The results of all functions of kernels. */
async function results(kernels: Kernels, how: Work): Promise<unknown[]> {
  const x = viewOf(values, dim);
  const listed = pickRows(
    x,
    Int32Array.from({ length: rows }, (_, row) => (row * 7) % rows),
  );
  const slice = sliceView(listed, 600, 3000);
  return [
    await searchEarlier(kernels, x, offsets, how),
    await freshLloydStep(kernels, x, centroids, how),
    await searchAll(kernels, x, centroids, how),
    await searchAll(kernels, slice, centroids, how),
    await freshLloydStep(kernels, listed, centroids, how),
    await searchAll(kernels, listed, centroids, how),
    await searchAll(kernels, slice, centroids, how),
    await searchAll(kernels, x, slice, how),
    await searchAll(kernels, slice, x, how),
  ];
}

describe('worker threads', () => {
  let own: unknown[];
  beforeAll(async () => {
    const kernels = await createCpuKernels({ workerValues: Infinity });
    own = await results(kernels, work);
    await kernels.close();
  });

  test.each([
    [1, 2 ** 30],
    [2, 2 ** 30],
    [3, 2 ** 30],
    [16, 2 ** 30],
    [2, 0],
    [3, 3000 * dim * 4],
  ])('%i of them compute the bits of one thread, with %d bytes too', async (threads, memory) => {
    const kernels = await createCpuKernels({ workerValues: 0 });
    expect(await results(kernels, { ...work, threads, memory })).toEqual(own);
    await kernels.close();
  });

  test('how many there are may change between calls', async () => {
    const kernels = await createCpuKernels({ workerValues: 0 });
    for (const threads of [1, 3, 2]) {
      expect(await results(kernels, { ...work, threads })).toEqual(own);
      expect(kernels.device).toMatch(new RegExp(` ${threads} threads?$`));
    }
    await kernels.close();
  });

  test('what they compute is right', () => {
    expect(bestFaults(own[0] as Best, values, values, dim, earlierRows(offsets))).toEqual([]);
  });
});

test('worker threads that wait, used or not, let the process end, once they have loaded', async () => {
  const script = `
    import { WorkerLane } from ${JSON.stringify(lane)};
    const [used] = [new WorkerLane(true), new WorkerLane(true)];
    await used.release();
    new WorkerLane(true);
    console.log('done');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
  const ended = new Promise((resolve) => child.on('close', resolve));
  expect(await text(child.stdout)).toBe('done\n');
  expect(await ended).toBe(0);
});

describe('a worker thread', () => {
  let kernels: Kernels;
  beforeAll(async () => void (kernels = await createCpuKernels({ workerValues: 0 })));
  afterAll(() => kernels.close());

  test('passes errors on and goes on', async () => {
    const store = { dim, rows: 100, blockRows: 100, blocks: [], firstInFile: 0, file: undefined };
    await expect(searchAll(kernels, viewRows(store), centroids)).rejects.toThrow('row 0 is not stored');
    await expect(searchAll(kernels, viewOf(values, dim), centroids)).resolves.toBeDefined();
  });

  test('that is gone rejects what it was asked', async () => {
    const lane = new WorkerLane(true);
    const asked = lane.release();
    await lane.close();
    await asked;
    await expect(lane.release()).rejects.toThrow('a worker thread ended');
  });
});
