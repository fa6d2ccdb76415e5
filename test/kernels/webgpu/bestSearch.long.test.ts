import { expect, test } from 'vitest';
import type { Pairs } from '../../../src/kernels/kernels.ts';
import { countPairs, earlierInRange, everything } from '../../../src/kernels/pairs.ts';
import { Call } from '../../../src/kernels/webgpu/call.ts';
import { findAdapter } from '../../../src/kernels/webgpu/device/dawn.ts';
import { GpuDevice, Usage } from '../../../src/kernels/webgpu/device/gpuDevice.ts';
import { Readback } from '../../../src/kernels/webgpu/device/readback.ts';
import { Staging } from '../../../src/kernels/webgpu/device/staging.ts';
import { paddedDim, type DeviceRows } from '../../../src/kernels/webgpu/rows/deviceRows.ts';
import { ROWS_USAGE } from '../../../src/kernels/webgpu/rows/heldStores.ts';
import { uploadRows } from '../../../src/kernels/webgpu/rows/uploadRows.ts';
import { BestSearch, type BestSearchOperands } from '../../../src/kernels/webgpu/search/best/bestSearch.ts';
import { bestBuffers, startBest } from '../../../src/kernels/webgpu/search/best/bestResults.ts';
import { rowBatches } from '../../../src/kernels/webgpu/search/rowBatches.ts';
import { tileGrids } from '../../../src/kernels/webgpu/search/tileGrids.ts';
import { viewOf } from '../../../src/rows/rowView.ts';
import { hasAdapter } from '../backends.ts';
import { work } from '../calls.ts';
import { offsetsOf, randomNumbers, unitRows } from '../rows.ts';

const ROWS = 700;
const TOPICS = 60;
/** Noise added to the topic of a row: from copies and near ties to hardly related rows. */
const NOISE = [0, 1e-6, 1e-4, 3e-3, 0.05, 1];

function nearTies(dim: number): Float32Array {
  const random = randomNumbers(dim);
  const topics = Float64Array.from({ length: TOPICS * dim }, random);
  const row = (r: number) => {
    const noise = NOISE[Math.floor(r / TOPICS) % NOISE.length];
    return Float64Array.from({ length: dim }, (_, i) => topics[(r % TOPICS) * dim + i] + noise * random());
  };
  return unitRows(Array.from({ length: ROWS }, (_, r) => row(r)));
}

/** Whole sums of 32 products, and a remainder. */
const DIMS = [768, 80];

test.runIf(hasAdapter)('tiles and rounds of any size lead to the same bits', async () => {
  const gpu = await GpuDevice.open(await findAdapter());
  const staging = new Staging(gpu);
  const readback = new Readback(gpu);
  const terms = Float32Array.from({ length: TOPICS }, (_, i) => -0.5 + (i % 7) * 1e-5);
  const bias = await gpu.write('terms', terms, Usage.storage);
  const data = DIMS.map((dim) => ({ dim, view: viewOf(nearTies(dim), dim) }));

  const search = async (
    bestMatch: BestSearch,
    x: DeviceRows,
    y: DeviceRows,
    pairs: Pairs,
    bias?: GPUBuffer,
  ) => {
    const call = new Call(gpu, work, countPairs(pairs));
    const match: BestSearchOperands = { x, y, bias, best: await bestBuffers(gpu, ROWS) };
    const [batch] = rowBatches(pairs, ROWS);
    await bestMatch.search(match, tileGrids(pairs, batch, x, y), call);
    const best = { score: new Float32Array(ROWS), index: new Int32Array(ROWS) };
    const found = { queries: x, rows: x, best: match.best };
    const { done } = await startBest(readback, found, best);
    await done;
    await call.finish();
    return best;
  };
  const searched = async (bestMatch: BestSearch) => {
    const results = [];
    for (const { dim, view } of data) {
      const range = { start: 0, end: ROWS };
      const width = paddedDim(dim) / 4;
      const x = { ...range, width, buffer: await gpu.allocate('rows', ROWS * width * 16, ROWS_USAGE) };
      await uploadRows(staging, view, range, x.buffer, new Call(gpu, work, 0));
      const y = { ...x, end: TOPICS };
      results.push(await search(bestMatch, x, x, earlierInRange(offsetsOf([1, 139, 1, 559]))));
      results.push(await search(bestMatch, x, y, everything(ROWS, TOPICS), bias));
      x.buffer.destroy();
    }
    return results;
  };

  const usual = await searched(await BestSearch.create(gpu, { side: 128 }));
  for (const [side, step, isUnrolled] of [
    [128, 4, true],
    [128, 8, false],
    [64, 4, false],
    [64, 8, true],
  ] as const) {
    expect(await searched(await BestSearch.create(gpu, { side, step, isUnrolled }))).toEqual(usual);
  }
  await gpu.close();
});
