import { describe, expect, test, vi } from 'vitest';
import { BestMatch } from '../../src/kernels/webgpu/bestMatch.ts';
import { EXPERIMENTAL, findAdapter, type FoundAdapter } from '../../src/kernels/webgpu/dawn.ts';
import { GpuDevice } from '../../src/kernels/webgpu/gpuDevice.ts';
import type { GpuMatrix } from '../../src/kernels/webgpu/gpuMatrix.ts';
import { halfPipelines, type HalfProducts } from '../../src/kernels/webgpu/halfPipelines.ts';
import { createWebGpuKernels } from '../../src/kernels/webgpu/index.ts';
import type { Matcher } from '../../src/kernels/webgpu/matcher.ts';
import { HALF_FEATURES, matrixUnit, productsFrom } from '../../src/kernels/webgpu/products.ts';
import { Readback } from '../../src/kernels/webgpu/readback.ts';
import { Staging } from '../../src/kernels/webgpu/staging.ts';
import { agree } from '../../src/kernels/webgpu/selfTest.ts';
import { hasAdapter, upload } from './backends.ts';
import { embeddings } from './rows.ts';

const hasMatrixUnits =
  hasAdapter &&
  (await findAdapter('', EXPERIMENTAL)).adapter.features.has(
    'chromium-experimental-subgroup-matrix' as never,
  );

describe.runIf(hasAdapter)('products', () => {
  test('the self-test lets portable ones pass; half rows are freed with their matrix', async () => {
    const kernels = await createWebGpuKernels({ products: 'portable-half' });
    const x = (await upload(kernels, embeddings({ rows: 3, dim: 8 }), 8)) as GpuMatrix;
    expect((await kernels.maxOver(x, x)).index).toEqual(Int32Array.of(0, 1, 2));
    const free = vi.spyOn(x.half!, 'free');
    x.free();
    expect(free).toHaveBeenCalledOnce();
    await kernels.close();
  });

  test('tiles and rounds of any size lead to the same bits', async () => {
    const gpu = await GpuDevice.open(await findAdapter());
    const staging = new Staging(gpu);
    const readback = new Readback(gpu);
    const usual = await BestMatch.create(gpu, 128);
    for (const [side, step, unrolled] of [
      [128, 4, true],
      [128, 8, false],
      [64, 4, false],
      [64, 8, true],
    ] as const) {
      // prettier-ignore
      const other = await BestMatch.create(gpu, side, step, unrolled);
      expect(await agree(staging, readback, other, usual)).toBe(true);
    }
    await gpu.close();
  });

  test('the self-test finds a search that is wrong', async () => {
    const gpu = await GpuDevice.open(await findAdapter());
    const staging = new Staging(gpu);
    const readback = new Readback(gpu);
    const exact = await BestMatch.create(gpu, 128);
    const unbiased: Matcher = { pieceRows: Infinity, search: (x, y, grids) => exact.search(x, y, grids) };
    expect(await agree(staging, readback, exact, exact)).toBe(true);
    expect(await agree(staging, readback, unbiased, exact)).toBe(false);
    await gpu.close();
  });

  test.skipIf(hasMatrixUnits)('half ones are refused where the adapter has no matrix units', async () => {
    await expect(createWebGpuKernels({ products: 'half' })).rejects.toThrow(
      /^Invalid Input Error: webgpu: half-precision products are not possible: .+ lacks the feature "[\w-]+"; use products 'float32' \(leave NEARDUCK_WEBGPU_PRODUCTS unset\)$/,
    );
  });
});

describe('the choice of products', () => {
  test('is by option, by environment variable, or float32', () => {
    const env = { NEARDUCK_WEBGPU_PRODUCTS: 'half' };
    expect(productsFrom(undefined, {})).toBe('float32');
    expect(productsFrom(undefined, { NEARDUCK_WEBGPU_PRODUCTS: '' })).toBe('float32');
    expect(productsFrom(undefined, env)).toBe('half');
    expect(productsFrom('float32', env)).toBe('float32');
    expect(() => productsFrom(undefined, { NEARDUCK_WEBGPU_PRODUCTS: 'double' })).toThrow(
      "Invalid Input Error: webgpu: products (or NEARDUCK_WEBGPU_PRODUCTS) must be one of 'float32', 'half', " +
        "'portable-half', got 'double'",
    );
  });

  const adapter = (features: readonly string[], info: object) =>
    ({ features: new Set(features), info }) as unknown as GPUAdapter;
  const unit = (M: number, N: number, K: number, componentType = 'f16', resultComponentType = 'f32') => ({
    M,
    N,
    K,
    componentType,
    resultComponentType,
  });
  const info = (...subgroupMatrixConfigs: object[]) => ({
    subgroupMinSize: 32,
    subgroupMaxSize: 32,
    subgroupMatrixConfigs,
  });

  test('takes the largest unit with half-precision rows and float32 sums', () => {
    const units = info(
      unit(16, 8, 16),
      unit(16, 16, 16),
      unit(16, 16, 32),
      unit(16, 16, 16, 'f16', 'f16'),
      unit(8, 8, 8),
    );
    expect(matrixUnit(adapter(HALF_FEATURES, units), 'GPU')).toEqual({ M: 16, N: 16, K: 16, subgroup: 32 });
  });

  test.each([
    ['lacks the feature "shader-f16"', adapter(HALF_FEATURES.slice(1), info(unit(16, 16, 16)))],
    [
      'has subgroups of 8 to 32 threads, not of 32',
      adapter(HALF_FEATURES, { ...info(), subgroupMinSize: 8 }),
    ],
    [
      'has no matrix unit of 8 or 16 with f16 in and f32 out',
      adapter(HALF_FEATURES, info(unit(16, 16, 16, 'f16', 'f16'))),
    ],
  ])('says what is missing: it %s', (reason, poor) => {
    expect(() => matrixUnit(poor, 'Voodoo')).toThrow(
      `Invalid Input Error: webgpu: half-precision products are not possible: Voodoo ${reason}; ` +
        "use products 'float32' (leave NEARDUCK_WEBGPU_PRODUCTS unset)",
    );
  });
});

describe('on the null backend, which compiles and does not run', async () => {
  const { create } = await import('webgpu');
  const gpu = create(['backend=null', `enable-dawn-features=${EXPERIMENTAL.join(',')}`]);
  // Dawn crashes the process when an instance is garbage-collected.
  Object.assign(globalThis, { keptNullBackend: gpu });
  const features = (await gpu.requestAdapter())?.features ?? new Set();
  const missing = HALF_FEATURES.filter((feature) => !features.has(feature));
  if (missing.length > 0)
    console.warn(
      `webgpuProducts.test.ts: compilation SKIPPED: the null backend has no ${missing.join(', ')}`,
    );

  const compile = async (products: HalfProducts) => {
    const adapter = await gpu.requestAdapter();
    const found = { adapter, description: { name: 'null' } } as FoundAdapter;
    const device = await GpuDevice.open(found, undefined, HALF_FEATURES);
    try {
      return await halfPipelines(device, 128, products);
    } finally {
      await device.close();
    }
  };

  test.skipIf(missing.length > 0).each([
    [16, 16, 16],
    [16, 8, 16],
    [8, 8, 8],
  ])('the shaders for units of %i × %i × %i compile', async (M, N, K) => {
    expect(Object.values(await compile({ M, N, K, subgroup: 32 }))).toHaveLength(8);
  });

  test.skipIf(missing.length > 0)('a shader that is wrong does not', async () => {
    await expect(compile({ M: 16, N: 16, K: 16.5, subgroup: 32 })).rejects.toThrow(
      'IO Error: webgpu: null: ',
    );
  });
});
