import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Kernels, Matrix } from '../../src/kernels/kernels.ts';
import { GpuDevice } from '../../src/kernels/webgpu/gpuDevice.ts';
import { NearduckError } from '../../src/errors.ts';
import { createWebGpuKernels, type WebGpuOptions } from '../../src/kernels/webgpu/index.ts';
import { Staging } from '../../src/kernels/webgpu/staging.ts';
import type { RowStore } from '../../src/rows/rowStore.ts';
import { fromStored } from '../../src/rows/storedRows.ts';
import { FILE, MEMORY, storeOf } from '../dedup/stores.ts';
import { hasAdapter, upload } from './backends.ts';
import { embeddings, offsetsOf } from './rows.ts';

const DIM = 20;
const ROWS = 300;
const values = embeddings({ rows: ROWS, dim: DIM, topics: 40 });
const list = Int32Array.from({ length: 170 }, (_, i) => (i * 7) % ROWS);
const gathered = new Float32Array(list.length * DIM);
list.forEach((row, i) => gathered.set(values.subarray(row * DIM, (row + 1) * DIM), i * DIM));

const noRoom = () => new NearduckError('Out of Memory', 'no room');
const fill = (): void => {
  throw new Error('rows that are held are not asked for');
};
const searched = async (kernels: Kernels, x: Matrix) => {
  const found = await kernels.maxOverEarlier(x, offsetsOf([x.rows]));
  x.free();
  return found;
};

describe.runIf(hasAdapter)('rows of a store on webgpu', () => {
  let kernels: Kernels;
  let store: RowStore;
  afterEach(async () => {
    vi.restoreAllMocks();
    store.close();
    await kernels.close();
  });
  const open = async (options: WebGpuOptions = {}, where = MEMORY) => {
    kernels = await createWebGpuKernels(options);
    store = storeOf(values, DIM, where);
    return vi.spyOn(Staging.prototype, 'write');
  };
  const held = (rows: number, start = 0) =>
    kernels.upload(rows, DIM, fill, { stored: fromStored(store.stored(), start) });

  /** Buffers of 130 rows. */
  const BUFFERS: [string, WebGpuOptions][] = [
    ['one buffer', {}],
    ['several buffers', { maxBufferBytes: 130 * 32 * 4 }],
  ];

  test.each(BUFFERS)('a run of them is what was stored, in %s', async (_, options) => {
    await open(options);
    const expected = await searched(
      kernels,
      await upload(kernels, values.subarray(50 * DIM, 270 * DIM), DIM),
    );
    expect(await searched(kernels, await held(220, 50))).toEqual(expected);
  });

  test.each(BUFFERS)('those of a list are in its order, in %s', async (_, options) => {
    await open(options);
    const expected = await searched(kernels, await upload(kernels, gathered, DIM));
    const x = await kernels.upload(list.length, DIM, fill, { stored: store.stored(list) });
    expect(await searched(kernels, x)).toEqual(expected);
    const rest = fromStored(store.stored(list), 100);
    const y = await kernels.upload(70, DIM, fill, { stored: rest });
    const last = await upload(kernels, gathered.subarray(100 * DIM), DIM);
    expect(await searched(kernels, y)).toEqual(await searched(kernels, last));
  });

  test('they go up once, from a file too, and again after the store was closed', async () => {
    const writes = await open({}, FILE);
    await searched(kernels, await held(ROWS));
    await searched(kernels, await held(10, 5));
    expect(writes).toHaveBeenCalledTimes(1);
    store.close();
    store = storeOf(gathered, DIM);
    const found = await searched(kernels, await held(list.length));
    expect(writes).toHaveBeenCalledTimes(2);
    expect(found).toEqual(await searched(kernels, await upload(kernels, gathered, DIM)));
  });

  test('a store beyond the memory for it goes up block by block', async () => {
    const writes = await open({ memory: ROWS * 32 * 4 });
    await expect(held(ROWS)).rejects.toThrow('rows that are held are not asked for');
    expect(writes).toHaveBeenCalledTimes(1);
  });

  test('so does one that the device has no room for beside a block of it', async () => {
    await open();
    const original = GpuDevice.prototype.allocate;
    const allocate = vi.spyOn(GpuDevice.prototype, 'allocate');
    allocate.mockImplementation(function (this: GpuDevice, ...args) {
      return allocate.mock.calls.length === 3 ? Promise.reject(noRoom()) : original.apply(this, args);
    });
    // Rows, staging, and the block.
    await expect(held(100)).rejects.toThrow('rows that are held are not asked for');
    expect(allocate.mock.calls.map(([label]) => label)).toEqual([
      'rows',
      'staging',
      'rows',
      'rows',
      'staging',
    ]);
  });

  test('nothing of it stays on the device once it is closed', async () => {
    await open();
    store.close();
    const large = 20_000;
    const dim = 1024;
    store = storeOf(new Float32Array(large * dim).fill(1 / 32), dim);
    const allocate = vi.spyOn(GpuDevice.prototype, 'allocate');
    const x = await kernels.upload(large, dim, fill, { stored: store.stored() });
    const rows = (
      await Promise.all(allocate.mock.results.map(({ value }) => value as Promise<GPUBuffer>))
    ).filter(({ label }) => label === 'rows');
    const destroyed = rows.map((buffer) => vi.spyOn(buffer, 'destroy'));
    x.free();
    store.close();
    expect(destroyed.map((spy) => spy.mock.calls.length)).toEqual([1, 1]);
  });

  test('so does one that the device has no room for', async () => {
    await open();
    const allocate = vi.spyOn(GpuDevice.prototype, 'allocate');
    allocate.mockRejectedValueOnce(noRoom());
    await expect(held(ROWS)).rejects.toThrow('rows that are held are not asked for');
    await expect(held(ROWS)).rejects.toThrow('rows that are held are not asked for');
  });
});
