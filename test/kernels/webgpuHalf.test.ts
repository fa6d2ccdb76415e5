import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { BestMatch } from '../../src/kernels/webgpu/bestMatch.ts';
import { EXPERIMENTAL, findAdapter } from '../../src/kernels/webgpu/dawn.ts';
import { GpuDevice } from '../../src/kernels/webgpu/gpuDevice.ts';
import { HalfMatch } from '../../src/kernels/webgpu/halfMatch.ts';
import type { HalfProducts } from '../../src/kernels/webgpu/halfPipelines.ts';
import { HalfRows } from '../../src/kernels/webgpu/halfRows.ts';
import { createWebGpuKernels } from '../../src/kernels/webgpu/index.ts';
import { LabelSums } from '../../src/kernels/webgpu/labelSums.ts';
import type { TileSide } from '../../src/kernels/webgpu/matcher.ts';
import { HALF_FEATURES, matrixUnit } from '../../src/kernels/webgpu/products.ts';
import { Readback } from '../../src/kernels/webgpu/readback.ts';
import { ResidentRows } from '../../src/kernels/webgpu/residentRows.ts';
import { Staging } from '../../src/kernels/webgpu/staging.ts';
import { WebGpuKernels } from '../../src/kernels/webgpu/webGpuKernels.ts';
import { hasAdapter, upload } from './backends.ts';
import { offsetsOf, randomNumbers, unitRows } from './rows.ts';

interface Half {
  readonly kernels: Kernels;
  readonly matcher: HalfMatch;
}

interface Options {
  readonly products?: HalfProducts;
  readonly side?: TileSide;
  readonly capacity?: number;
  readonly maxBufferBytes?: number;
}

/** Kernels on half-precision products, without the self-test; `matcher` tells whether they were of use. */
async function openHalf(options: Options = {}): Promise<Half> {
  const { products = 'portable', side = 128, capacity, maxBufferBytes } = options;
  const found = await findAdapter('', products === 'portable' ? [] : EXPERIMENTAL);
  const gpu = await GpuDevice.open(found, maxBufferBytes, products === 'portable' ? [] : HALF_FEATURES);
  const readback = new Readback(gpu);
  const exact = await BestMatch.create(gpu, side);
  const matcher = await HalfMatch.create(gpu, side, products, exact, readback, capacity);
  const labelSums = await LabelSums.create(gpu);
  const staging = new Staging(gpu);
  const resident = await ResidentRows.create(staging, 2 ** 30);
  const parts = { staging, readback, matcher, labelSums, resident, residentLimit: 2 ** 30 };
  return { kernels: new WebGpuKernels(parts), matcher };
}

/** The products to run here: those of the adapter's matrix units too, where it has any. */
async function productsHere(): Promise<[name: string, products: HalfProducts][]> {
  if (!hasAdapter) return [];
  const { adapter, description } = await findAdapter('', EXPERIMENTAL);
  try {
    return [
      ['portable', 'portable'],
      ['matrix units', matrixUnit(adapter, description.name)],
    ];
  } catch (error) {
    console.warn(`webgpuHalf.test.ts: matrix units SKIPPED: ${(error as Error).message}`);
    return [['portable', 'portable']];
  }
}

const products = await productsHere();

test.skipIf(hasAdapter)('half-precision products need an adapter', () => expect(products).toEqual([]));

const random = randomNumbers(5);

const rowsOf = (rows: number, dim: number, value: (row: number, i: number) => number): Float32Array =>
  unitRows(Array.from({ length: rows }, (_, r) => Float64Array.from({ length: dim }, (_, i) => value(r, i))));

/** Data that half-precision products find easy, hard or impossible. */
const DATA: Record<string, (rows: number, dim: number) => Float32Array> = {
  random: (rows, dim) => rowsOf(rows, dim, random),
  'clustered near-duplicates': (rows, dim) => {
    const centres = Array.from({ length: 8 * dim }, random);
    return rowsOf(rows, dim, (r, i) => centres[(r % 8) * dim + i] + 10 ** -(r % 7) * random());
  },
  'copies of a few rows': (rows, dim) => {
    const kinds = Array.from({ length: 7 * dim }, random);
    return rowsOf(rows, dim, (r, i) => kinds[((r * r) % 7) * dim + i]);
  },
  'a narrow band of similarities': (rows, dim) => rowsOf(rows, dim, () => 3 + 0.003 * random()),
  'sparse rows': (rows, dim) => rowsOf(rows, dim, (r, i) => (i % 5 === r % 5 ? random() + 2 : 0)),
  'orthogonal rows': (rows, dim) => rowsOf(rows, dim, (r, i) => (i === r % dim ? (r % 2) * 2 - 1 : 0)),
  'values too small for a half': (rows, dim) =>
    rowsOf(rows, dim, (_, i) => random() * (i === 0 ? 1 : 10 ** -(2 + (i % 10)))),
};

/** Clusters smaller and larger than a tile. */
const SIZES = [1, 131, 2, 139, 7];
const ROWS = 280;

/** Everything that searches, over the same rows. */
async function searched(kernels: Kernels, values: Float32Array, dim: number, sizes = SIZES) {
  const rows = values.length / dim;
  const x = await upload(kernels, values, dim);
  const y = await upload(kernels, values.slice(0, 140 * dim), dim);
  const random = randomNumbers(3);
  const bias = Float32Array.from({ length: 70 }, (_, i) => (i % 3 === 0 ? -0.5 : -0.5 + 1e-4 * random()));
  // Rows of any length: centroids are shorter than 1, and a caller's may be longer.
  const centroids = values.slice(0, 70 * dim).map((value, i) => value * (0.5 + (Math.floor(i / dim) % 3)));
  const totals = { sums: new Float64Array(70 * dim), counts: new Float64Array(70) };
  const label = new Int32Array(rows);
  const found = {
    earlier: await kernels.maxOverEarlier(x, offsetsOf(sizes)),
    over: await kernels.maxOver(x, y),
    assigned: await kernels.assign(x, { k: 70, dim, values: centroids, bias }),
  };
  await kernels.lloydStep([x], { k: 70, dim, values: centroids, bias }, totals, label);
  x.free();
  y.free();
  return { ...found, totals, label };
}

describe.each(products)('%s: half-precision and float32 products lead to the same bits', (_, products) => {
  let half: Half;
  let exact: Kernels;
  beforeAll(async () => {
    half = await openHalf({ products });
    exact = await createWebGpuKernels({ products: 'float32' });
  });
  afterAll(async () => {
    await half.kernels.close();
    await exact.close();
  });

  describe.each(Object.keys(DATA))('%s', (name) => {
    test.each([
      [5, SIZES],
      [20, SIZES],
      [96, SIZES],
      [768, [1, 132, 7]],
    ])('of %i dimensions', async (dim, sizes) => {
      const values = DATA[name](offsetsOf(sizes).at(-1)!, dim);
      const expected = await searched(exact, values, dim, sizes);
      expect(await searched(half.kernels, values, dim, sizes)).toEqual(expected);
      expect(half.matcher.redone).toBe(0);
    });
  });

  /** The same with kernels of their own. */
  async function compare(options: Options, values: Float32Array, dim: number): Promise<number> {
    const { kernels, matcher } = await openHalf({ products, ...options });
    try {
      expect(await searched(kernels, values, dim)).toEqual(await searched(exact, values, dim));
      return matcher.redone;
    } finally {
      await kernels.close();
    }
  }

  test.each([20, 24])('of a matrix over several buffers, %i dimensions', async (dim) => {
    const values = DATA['clustered near-duplicates'](ROWS, dim);
    expect(await compare({ maxBufferBytes: 130 * 32 * 4 }, values, dim)).toBe(0);
  });

  test('of rows searched piece by piece', async () => {
    const values = DATA['clustered near-duplicates'](ROWS, 40);
    const pieces = await openHalf({ products });
    Object.assign(pieces.matcher, { pieceRows: 100 });
    expect(await searched(pieces.kernels, values, 40)).toEqual(await searched(exact, values, 40));
    expect(pieces.matcher.redone).toBe(0);
    await pieces.kernels.close();
  });

  test('of tiles of 64', async () => {
    expect(await compare({ side: 64 }, DATA['clustered near-duplicates'](ROWS, 40), 40)).toBe(0);
  });

  test('of tiles one a submit', async () => {
    expect(await compare({ capacity: 600 }, DATA['random'](ROWS, 40), 40)).toBe(0);
  });

  test('of rows beyond the range of halves, which float32 ones must do', async () => {
    const values = DATA['random'](ROWS, 20).map((value) => value * 1000);
    expect(await compare({ capacity: 600 }, values, 20)).toBeGreaterThan(0);
  });

  test('of more candidates than there is room for, which float32 products must decide', async () => {
    const { kernels, matcher } = await openHalf({ products, capacity: 600 });
    const dim = 40;
    const values = DATA['random'](ROWS, dim);
    // The first tile overflows, and none of those after it.
    for (let r = 1; r < 128; r++) values.copyWithin(r * dim, 0, dim);
    const x = await upload(kernels, values, dim);
    const expected = await exact.maxOverEarlier(await upload(exact, values, dim), offsetsOf([128, 152]));
    expect(await kernels.maxOverEarlier(x, offsetsOf([128, 152]))).toEqual(expected);
    expect(matcher.redone).toBe(1);
    // Once more: this time half-precision rows are not even made.
    const made = vi.spyOn(HalfRows, 'of');
    expect(await kernels.maxOverEarlier(x, offsetsOf([128, 152]))).toEqual(expected);
    expect(matcher.redone).toBe(2);
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
    await kernels.close();
  });
});
