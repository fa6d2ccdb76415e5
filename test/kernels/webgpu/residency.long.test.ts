import { afterEach, describe, expect, test, vi } from 'vitest';
import { NearduckError } from '../../../src/errors.ts';
import type { Kernels } from '../../../src/kernels/kernels.ts';
import { GpuDevice } from '../../../src/kernels/webgpu/device/gpuDevice.ts';
import { Staging } from '../../../src/kernels/webgpu/device/staging.ts';
import { createWebGpuKernels, type WebGpuOptions } from '../../../src/kernels/webgpu/index.ts';
import { RowGatherer } from '../../../src/kernels/webgpu/rows/gatherRows.ts';
import type { RowStore } from '../../../src/rows/rowStore.ts';
import { sliceView, viewOf, type RowView } from '../../../src/rows/rowView.ts';
import { FILE, MEMORY, storeOf } from '../../algorithms/stores.ts';
import { hasAdapter } from '../backends.ts';
import { freshLloydStep, searchAll, searchEarlier, work } from '../calls.ts';
import { centroidsOf } from '../naive.ts';
import { embeddings, offsetsOf } from '../rows.ts';

const DIM = 20;
const ROWS = 300;
const ROW_BYTES = 32 * 4;
const values = embeddings({ rows: ROWS, dim: DIM, topics: 40 });
const list = Int32Array.from({ length: 170 }, (_, i) => (i * 7) % ROWS);
const gathered = new Float32Array(list.length * DIM);
list.forEach((row, i) => gathered.set(values.subarray(row * DIM, (row + 1) * DIM), i * DIM));
const centroids = centroidsOf(embeddings({ rows: 12, dim: DIM, seed: 3 }), DIM);

const noRoom = () => new NearduckError('Out of Memory', 'no room');
const searched = (kernels: Kernels, rows: RowView) => searchEarlier(kernels, rows, offsetsOf([rows.count]));

describe.runIf(hasAdapter)('rows of a store on webgpu', () => {
  let kernels: Kernels;
  let store: RowStore;
  afterEach(async () => {
    vi.restoreAllMocks();
    store.close();
    await kernels.close();
  });
  /** Returns a spy on uploads, each of at most 16 MiB. */
  const open = async (options: WebGpuOptions = {}, where = MEMORY) => {
    kernels = await createWebGpuKernels(options);
    store = storeOf(values, DIM, where);
    return vi.spyOn(Staging.prototype, 'write');
  };

  /** Stores in one buffer and in buffers of 130 rows; batches of all rows, and of some. */
  const OPTIONS: WebGpuOptions[] = [{}, { maxBufferBytes: 130 * ROW_BYTES }, { batchRows: 70 }];

  test.each(OPTIONS)('consecutive ones are what was stored, with %j', async (options) => {
    await open(options);
    const expected = await searched(kernels, viewOf(values.slice(50 * DIM, 270 * DIM), DIM));
    expect(await searched(kernels, sliceView(store.view(), 50, 270))).toEqual(expected);
  });

  test.each(OPTIONS)('those of a list are in its order, with %j', async (options) => {
    await open(options);
    const view = store.view(list);
    expect(await searched(kernels, view)).toEqual(await searched(kernels, viewOf(gathered, DIM)));
    const last = viewOf(gathered.slice(100 * DIM), DIM);
    expect(await searched(kernels, sliceView(view, 100, 170))).toEqual(await searched(kernels, last));
  });

  test('they go up once, from a file too, and again after the store was closed', async () => {
    const writes = await open({}, FILE);
    await searched(kernels, store.view());
    await searched(kernels, sliceView(store.view(), 5, 15));
    expect(writes).toHaveBeenCalledTimes(1);
    store.close();
    store = storeOf(gathered, DIM);
    const found = await searched(kernels, store.view());
    expect(writes).toHaveBeenCalledTimes(2);
    expect(found).toEqual(await searched(kernels, viewOf(gathered, DIM)));
  });

  test('queries and targets of two stores are held together', async () => {
    const writes = await open();
    const other = storeOf(gathered, DIM);
    const found = await searchAll(kernels, store.view(), other.view());
    expect(await searchAll(kernels, store.view(), other.view())).toEqual(found);
    await searchAll(kernels, other.view(), store.view());
    expect(writes).toHaveBeenCalledTimes(2);
    other.close();
  });

  test('of two stores that do not fit together the targets are held', async () => {
    // Room for one store and a half.
    const writes = await open({ memory: (ROWS * 1.5 * ROW_BYTES) / 0.75, batchRows: 150 });
    const other = storeOf(gathered, DIM);
    const found = await searchAll(kernels, store.view(), other.view());
    // The targets at once, the queries in three batches: 150 rows fit beside the stores, so 75 per batch, but at least 128.
    expect(writes).toHaveBeenCalledTimes(1 + 3);
    expect(found).toEqual(await searchAll(kernels, viewOf(values, DIM), viewOf(gathered, DIM)));
    other.close();
  });

  describe('a store beyond the memory for it', () => {
    /** Room for 225 rows, and batches of 128. */
    const SMALL: WebGpuOptions = { memory: ROWS * ROW_BYTES };

    test('goes up batch by batch', async () => {
      const expected = await open().then(() => searched(kernels, store.view()));
      await kernels.close();
      const writes = await open(SMALL);
      expect(await searched(kernels, store.view())).toEqual(expected);
      // Each batch is uploaded once as queries, and once as targets per later batch.
      expect(writes).toHaveBeenCalledTimes(3 + 3);
    });

    test('so does one of a list, in its order', async () => {
      await open(SMALL);
      const found = await searchAll(kernels, store.view(list), store.view());
      expect(found).toEqual(await searchAll(kernels, viewOf(gathered, DIM), viewOf(values, DIM)));
    });

    test('its rows are kept for the next iteration all the same, where these fit', async () => {
      const writes = await open({ memory: 290 * ROW_BYTES });
      // 60 rows fit beside the store.
      const sample = store.view(list.slice(0, 60));
      const first = await freshLloydStep(kernels, sample, centroids);
      expect(writes).toHaveBeenCalledTimes(1 + 1);
      expect(await freshLloydStep(kernels, sample, centroids)).toEqual(first);
      expect(writes).toHaveBeenCalledTimes(2 + 1);
    });

    test('and go up at each iteration where these do not', async () => {
      const writes = await open(SMALL);
      const sample = store.view(list);
      const first = await freshLloydStep(kernels, sample, centroids);
      expect(await freshLloydStep(kernels, sample, centroids)).toEqual(first);
      // Two batches of rows, and the centroids.
      expect(writes).toHaveBeenCalledTimes(2 * (2 + 1));
    });
  });

  test('batches that go up are no larger than the memory of the call', async () => {
    const writes = await open({ memory: 1000 });
    await searchAll(kernels, store.view(), centroids, { ...work, memory: 2 * 140 * ROW_BYTES });
    const bytes = writes.mock.calls.map(([, , bytes]) => bytes).filter((bytes) => bytes !== 12 * ROW_BYTES);
    expect(bytes).toEqual([128, 128, 44].map((rows) => rows * ROW_BYTES));
  });

  describe('that a fit asks for again', () => {
    test('are gathered once', async () => {
      const writes = await open();
      const gathers = vi.spyOn(RowGatherer.prototype, 'gather');
      const sample = store.view(list);
      // First a part, like the choice of initial centroids.
      await searchAll(kernels, sliceView(sample, 0, 100), centroids);
      await searchAll(kernels, sliceView(sample, 0, 100), centroids);
      expect(gathers).toHaveBeenCalledTimes(1);
      const first = await freshLloydStep(kernels, sample, centroids);
      expect(await freshLloydStep(kernels, sample, centroids)).toEqual(first);
      await searchAll(kernels, sliceView(sample, 20, 50), centroids);
      expect(gathers).toHaveBeenCalledTimes(2);
      // The store once, the centroids each time.
      expect(writes).toHaveBeenCalledTimes(1 + 5);
      expect(first).toEqual(await freshLloydStep(kernels, viewOf(gathered, DIM), centroids));
    });

    test('are kept in batches counted from the start of the list', async () => {
      await open({ batchRows: 50 });
      const gathers = vi.spyOn(RowGatherer.prototype, 'gather');
      const sample = store.view(list);
      const whole = await searchAll(kernels, sample, centroids);
      expect(gathers).toHaveBeenCalledTimes(4);
      const { index } = await searchAll(kernels, sliceView(sample, 70, 130), centroids);
      expect(index).toEqual(whole.index.slice(70, 130));
      expect(gathers).toHaveBeenCalledTimes(4);
    });

    test('leave when rows of another list are asked for', async () => {
      await open();
      const gathers = vi.spyOn(RowGatherer.prototype, 'gather');
      const [sample, other] = [store.view(list), store.view(list.toReversed())];
      for (const view of [sample, other, sample]) await freshLloydStep(kernels, view, centroids);
      expect(gathers).toHaveBeenCalledTimes(3);
    });

    test('leave the store where it is, also when they are rows of their own', async () => {
      const writes = await open();
      await searched(kernels, store.view());
      const candidates = viewOf(gathered, DIM);
      for (let i = 0; i < 3; i++) await searchAll(kernels, candidates, centroids);
      await searched(kernels, store.view());
      // The store, the candidates, and three times the centroids.
      expect(writes).toHaveBeenCalledTimes(1 + 1 + 3);
    });

    test('are not kept past the memory of the call', async () => {
      await open();
      const gathers = vi.spyOn(RowGatherer.prototype, 'gather');
      const sample = store.view(list);
      const little = { ...work, memory: list.length * DIM * 4 - 1 };
      for (let i = 0; i < 2; i++) await freshLloydStep(kernels, sample, centroids, little);
      expect(gathers).toHaveBeenCalledTimes(2);
    });
  });

  /** Records the buffers created from now on. */
  const allocations = () => {
    const allocate = vi.spyOn(GpuDevice.prototype, 'allocate');
    const buffers = (label: string) =>
      Promise.all(allocate.mock.results.map(({ value }) => value as Promise<GPUBuffer>)).then((made) =>
        made.filter((buffer) => buffer.label === label),
      );
    return { allocate, buffers };
  };

  test('nothing of them stays on the device once the store is closed', async () => {
    await open();
    const { buffers } = allocations();
    await freshLloydStep(kernels, store.view(list), centroids);
    const [whole, sample] = await buffers('rows');
    await searched(kernels, store.view(list));
    const batch = await buffers('query rows');
    const destroyed = [whole, sample, ...batch].map((buffer) => vi.spyOn(buffer, 'destroy'));
    expect(destroyed).toHaveLength(3);
    store.close();
    // The sample was removed when other rows were requested.
    expect(destroyed.map((spy) => spy.mock.calls.length)).toEqual([1, 0, 1]);
  });

  test('those that a fit asks for leave with the store', async () => {
    await open();
    const { buffers } = allocations();
    await freshLloydStep(kernels, store.view(list), centroids);
    const destroyed = (await buffers('rows')).map((buffer) => vi.spyOn(buffer, 'destroy'));
    store.close();
    expect(destroyed.map((spy) => spy.mock.calls.length)).toEqual([1, 1]);
  });

  test.each(['rows', 'query rows', 'scores'])(
    'a store goes up batch by batch where the device has no room for %s',
    async (label) => {
      await open();
      const { allocate } = allocations();
      const original = allocate.getMockImplementation() ?? GpuDevice.prototype.allocate;
      vi.restoreAllMocks();
      let failures = 0;
      const failing = vi.spyOn(GpuDevice.prototype, 'allocate');
      failing.mockImplementation(function (this: GpuDevice, ...args: Parameters<GpuDevice['allocate']>) {
        if (args[0] === label && failures++ === 0) return Promise.reject(noRoom());
        return original.apply(this, args);
      });
      const writes = vi.spyOn(Staging.prototype, 'write');
      const found = await searched(kernels, store.view(list));
      expect(found).toEqual(await searched(kernels, viewOf(gathered, DIM)));
      writes.mockClear();
      expect(await searched(kernels, store.view(list))).toEqual(found);
      // Only the rows of the list were uploaded, not the store.
      expect(writes.mock.calls.map(([, , bytes]) => bytes)).toEqual([list.length * ROW_BYTES]);
    },
  );

  test('where the device has no room at all, that is an error', async () => {
    await open();
    vi.spyOn(GpuDevice.prototype, 'allocate').mockRejectedValue(noRoom());
    await expect(searched(kernels, store.view())).rejects.toThrow('Out of Memory Error: no room');
    vi.restoreAllMocks();
    expect(await searched(kernels, store.view())).toEqual(await searched(kernels, viewOf(values, DIM)));
  });
});
