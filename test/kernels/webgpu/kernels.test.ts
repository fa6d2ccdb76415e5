import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { selectKernels } from '../../src/kernels/select.ts';
import { createWebGpuKernels, describeAdapters } from '../../src/kernels/webgpu/index.ts';
import { filler, hasAdapter, upload } from './backends.ts';
import { bestFaults, centroidsOf, earlierRows } from './naive.ts';
import { embeddings, offsetsOf } from './rows.ts';

async function withKernels<T>(options: object, use: (kernels: Kernels) => Promise<T>): Promise<T> {
  const kernels = await createWebGpuKernels(options);
  try {
    return await use(kernels);
  } finally {
    await kernels.close();
  }
}

describe.runIf(hasAdapter)('webgpu', () => {
  const dim = 20;
  const rowBytes = 32 * 4;
  const values = embeddings({ rows: 700, dim, topics: 30 });
  const sizes = [300, 1, 150, 249];

  /** Buffers of 130 rows: clusters begin, end and lie across their borders. */
  const manyBuffers = { maxBufferBytes: 130 * rowBytes };

  const search = async (kernels: Kernels) => {
    const x = await upload(kernels, values, dim);
    return {
      triangle: await kernels.maxOverEarlier(x, offsetsOf(sizes)),
      rectangle: await kernels.maxOver(x, x),
    };
  };

  const cluster = async (kernels: Kernels, ...blocks: Float32Array[]) => {
    const centroids = centroidsOf(embeddings({ rows: 300, dim, seed: 9, topics: 40 }), dim);
    const totals = { sums: new Float64Array(300 * dim), counts: new Float64Array(300) };
    const label = new Int32Array(700);
    const matrices = [];
    for (const block of blocks) matrices.push(await upload(kernels, block, dim));
    await kernels.lloydStep(matrices, centroids, totals, label);
    const x = await upload(kernels, values, dim);
    return { totals, label, assigned: await kernels.assign(x, centroids) };
  };

  test('a matrix over several buffers gives the same bits as one in a single buffer', async () => {
    const whole = await withKernels({}, search);
    expect(bestFaults(whole.triangle, values, values, dim, earlierRows(offsetsOf(sizes)))).toEqual([]);
    expect(await withKernels(manyBuffers, search)).toEqual(whole);
  });

  test('sums have the same bits, however rows are cut into blocks and buffers', async () => {
    const whole = await withKernels({}, (kernels) => cluster(kernels, values));
    const [first, second] = [values.slice(0, 77 * dim), values.slice(77 * dim)];
    expect(await withKernels({}, (kernels) => cluster(kernels, first, second))).toEqual(whole);
    expect(await withKernels(manyBuffers, (kernels) => cluster(kernels, values))).toEqual(whole);
  });

  test('tiles of 64 give the same bits as tiles of 128', async () => {
    expect(await withKernels({ tile: 64 }, search)).toEqual(await withKernels({ tile: 128 }, search));
  });

  test('rows searched piece by piece give the same bits as all of them at once', async () => {
    const inPieces = { pieceRows: 100 };
    expect(await withKernels(inPieces, search)).toEqual(await withKernels({}, search));
    const assign = (kernels: Kernels) => cluster(kernels, values);
    expect(await withKernels(inPieces, assign)).toEqual(await withKernels({}, assign));
  });

  test('rows whose tiles are cut between two submits give the same bits', async () => {
    const rows = 2400;
    const many = embeddings({ rows, dim: 4, topics: 30 });
    const run = async (kernels: Kernels) => {
      const x = await upload(kernels, many, 4);
      return kernels.maxOver(x, x);
    };
    // Room for 600 tiles per submit, 38 tiles per row tile: row tile 15 is cut, behind the tile that holds its best columns.
    const cut = { tile: 64, maxBufferBytes: rows * rowBytes };
    expect(await withKernels(cut, run)).toEqual(await withKernels({}, run));
  });

  test('assignments of many rows, which are read back piece by piece', () =>
    withKernels({}, async (kernels) => {
      const rows = 2 ** 17 + 1000;
      const x = await kernels.upload(rows, 1, (target, start, end) => {
        for (let row = start; row < end; row++) target[row - start] = row % 3 === 0 ? -1 : 1;
      });
      const bias = Float32Array.of(-0.5, -0.5, -0.5);
      const { label, dot } = await kernels.assign(x, {
        k: 3,
        dim: 1,
        values: Float32Array.of(0, 1, -1),
        bias,
      });
      expect(label).toEqual(Int32Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? 2 : 1)));
      expect(dot).toEqual(new Float32Array(rows).fill(1));
    }));

  test('a device goes on after those who fill failed', () =>
    withKernels({}, async (kernels) => {
      const fail = () => {
        throw new Error('no more rows');
      };
      for (let i = 0; i < 4; i++) await expect(kernels.upload(4, 3, fail)).rejects.toThrow('no more rows');
      expect(await search(kernels)).toEqual(await withKernels({}, search));
    }));

  test.each(['0', '4 apples'])('a memory of %s is refused', async (size) => {
    vi.stubEnv('NEARDUCK_WEBGPU_MEMORY', size);
    await expect(createWebGpuKernels()).rejects.toThrow(
      `Invalid Input Error: NEARDUCK_WEBGPU_MEMORY must be a size of at least 1MB, such as '4GB' or '512MiB', got '${size}'`,
    );
    vi.unstubAllEnvs();
  });

  test('a closed device is refused', async () => {
    const kernels = await createWebGpuKernels();
    const x = await upload(kernels, values, dim);
    await kernels.close();
    await expect(kernels.maxOver(x, x)).rejects.toThrow('webgpu: the device was closed');
    await expect(kernels.upload(1, dim, filler(values, dim))).rejects.toThrow(
      'webgpu: the device was closed',
    );
  });

  test('rows of different lengths are refused', () =>
    withKernels({}, async (kernels) => {
      const [x, y] = [await upload(kernels, values, dim), await upload(kernels, values, 10)];
      await expect(kernels.maxOver(x, y)).rejects.toThrow('rows of 10 and of 20 values do not match');
    }));

  test('an adapter asked for by a name that none has', async () => {
    await expect(createWebGpuKernels({ adapter: 'Voodoo' })).rejects.toThrow(
      /Invalid Input Error: webgpu: no adapter is called "Voodoo"; found ".+"/,
    );
  });

  test('a probe that says something else finds nothing, and the next one tries again', async () => {
    const noise = `--import data:text/javascript,console.log("noise")`;
    expect(await describeAdapters({ ...process.env, NODE_OPTIONS: noise })).toEqual([]);
    expect(await describeAdapters()).not.toEqual([]);
  });

  test('adapters are described', async () => {
    const [adapter] = await describeAdapters();
    expect(adapter.name).not.toBe('');
    expect(adapter.limits['maxStorageBufferBindingSize']).toBeGreaterThanOrEqual(2 ** 27);
    const { kernels } = await selectKernels('webgpu');
    expect(kernels.device).toBe(adapter.name);
    await kernels.close();
  });
});

describe('without a driver', () => {
  beforeEach(
    () => void vi.stubEnv('VK_DRIVER_FILES', '/nonexistent').stubEnv('VK_ICD_FILENAMES', '/nonexistent'),
  );
  afterEach(() => void vi.unstubAllEnvs());

  test.runIf(process.platform === 'linux')('webgpu is an error that names the remedy', async () => {
    expect(await describeAdapters()).toEqual([]);
    await expect(selectKernels('webgpu')).rejects.toThrow(
      'Invalid Input Error: webgpu: no WebGPU adapter found (is a Vulkan, Metal or D3D12 driver missing?); ' +
        "use backend := 'cpu', or run nearduck doctor to see what was tried",
    );
  });

  test.runIf(process.platform === 'linux')('auto takes the CPU and says why', async () => {
    const { kernels, reason } = await selectKernels('auto');
    expect([kernels.name, reason]).toEqual(['cpu', 'auto: no GPU with a WebGPU driver found']);
    await kernels.close();
  });
});

describe('auto', () => {
  test('never takes a software adapter', async () => {
    const adapters = await describeAdapters();
    const { kernels, reason } = await selectKernels('auto');
    expect(kernels.name).toBe(adapters.some(({ software }) => !software) ? 'webgpu' : 'cpu');
    expect(reason).toMatch(/^auto: /);
    await kernels.close();
  });
});
