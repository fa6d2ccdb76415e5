import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuKernels } from '../../../src/kernels/cpu/index.ts';
import type { Best, Kernels } from '../../../src/kernels/kernels.ts';
import { Simd } from '../../../src/simd/simd.ts';
import { randomSource } from '../../../src/algorithms/random.ts';
import { sliceView, viewOf } from '../../../src/rows/rowView.ts';
import { searchAll, searchEarlier } from '../calls.ts';

/** rows × dim values, scaled to unit length. */
function unitRows(rows: number, dim: number, value: (row: number, i: number) => number): Float32Array {
  const out = new Float32Array(rows * dim);
  for (let r = 0; r < rows; r++) {
    const row = Float64Array.from({ length: dim }, (_, i) => value(r, i));
    const norm = Math.hypot(...row);
    for (let i = 0; i < dim; i++) out[r * dim + i] = row[i] / norm;
  }
  return out;
}

const random = randomSource(7);
const gauss = (): number => random() + random() + random() + random() - 2;

/** Data that is easy, hard or impossible for int8 products. */
const DATA: Record<string, (rows: number, dim: number) => Float32Array> = {
  random: (rows, dim) => unitRows(rows, dim, gauss),
  'clustered with near-duplicates': (rows, dim) => {
    const centres = Array.from({ length: 8 * dim }, gauss);
    const noise = (r: number): number => (r % 3 === 0 ? 0.02 : 1);
    return unitRows(rows, dim, (r, i) => centres[(r % 8) * dim + i] + noise(r) * gauss());
  },
  'a narrow band of similarities': (rows, dim) => unitRows(rows, dim, () => 3 + 0.1 * gauss()),
  'outlier dimensions': (rows, dim) => unitRows(rows, dim, (_, i) => (i < 2 ? 40 : 1) * gauss()),
  'ties: rows of a few kinds': (rows, dim) =>
    unitRows(rows, dim, (r, i) => ((r % 5) + 1) * ((i % 7) - 3) + (i % (2 + (r % 5)))),
  // Equal terms are always rounded in the same direction, so sums in different order differ most.
  constant: (rows, dim) => unitRows(rows, dim, (r, i) => (r % 40 === i ? 0.9 : 1)),
  'ones and zeros': (rows, dim) => unitRows(rows, dim, (_, i) => (i === 0 || random() < 0.9 ? 1 : 0)),
  'plus and minus one': (rows, dim) => unitRows(rows, dim, (r, i) => (i > r % 7 && random() < 0.1 ? -1 : 1)),
  'most rows at the mean of their cluster': (rows, dim) => {
    const centre = Array.from({ length: dim }, gauss);
    return unitRows(rows, dim, (r, i) => centre[i] + (r % 20 === 19 ? 0.3 * gauss() : 0));
  },
  'rows that differ from the mean by next to nothing': (rows, dim) =>
    unitRows(rows, dim, (r, i) =>
      r % 3 === 0 ? (i < 60 ? 1 : i === 61 && r % 40 === 39 ? 1e-39 : 0) : (i < 60 ? 1 : 0) + 0.1 * gauss(),
    ),
  'sparse rows': (rows, dim) => unitRows(rows, dim, (r, i) => (i % 50 === r % 50 ? gauss() + 3 : 0)),
};

/** The best row before each row in its cluster, by the same dot products as the scores. */
function bestBefore(values: Float32Array, dim: number, offsets: Float64Array): Best {
  const simd = new Simd();
  const rows = values.length / dim;
  const address = simd.allocate(values.length * 4);
  const products = simd.allocate(rows * 4);
  simd.f32(address, values.length).set(values);
  const best = { score: new Float32Array(rows).fill(-Infinity), index: new Int32Array(rows).fill(-1) };
  for (let c = 0; c + 1 < offsets.length; c++) {
    for (let row = offsets[c] + 1; row < offsets[c + 1]; row++) {
      const earlier = row - offsets[c];
      simd.call.dots(address + offsets[c] * dim * 4, earlier, dim, address + row * dim * 4, products);
      const dots = simd.f32(products, earlier);
      best.score[row] = dots.reduce((most, dot) => Math.max(most, dot), -Infinity);
      best.index[row] = offsets[c] + dots.indexOf(best.score[row]);
    }
  }
  return best;
}

describe.each(Object.keys(DATA))('int8 and float32 products lead to the same bits: %s', (name) => {
  let quantized: Kernels;
  let exact: Kernels;
  beforeAll(async () => {
    quantized = await createCpuKernels();
    exact = await createCpuKernels({ int8: false });
  });
  afterAll(async () => {
    await quantized.close();
    await exact.close();
  });

  test.each([
    [700, 96],
    [650, 77],
    [520, 65],
    [1500, 200],
    [333, 768],
  ])('%i rows of %i', async (rows, dim) => {
    const values = DATA[name](rows, dim);
    const offsets = Float64Array.of(0, 1, 40, 41, Math.floor(rows * 0.9), rows);
    const centroids = {
      k: 64,
      dim,
      values: values.slice(0, 64 * dim),
      bias: new Float32Array(64).fill(-0.5),
    };
    const results = [];
    for (const kernels of [quantized, exact]) {
      const x = viewOf(values, dim);
      results.push({
        earlier: await searchEarlier(kernels, x, offsets),
        over: await searchAll(kernels, x, sliceView(x, 0, rows >> 1)),
        assigned: await searchAll(kernels, x, centroids),
      });
    }
    expect(results[0].earlier).toEqual(bestBefore(values, dim, offsets));
    expect(results[1].earlier).toEqual(results[0].earlier);
    expect(results[0].over).toEqual(results[1].over);
    expect(results[0].assigned).toEqual(results[1].assigned);
  });
});
