import { expect, test } from 'vitest';
import { BestMatch } from '../../src/kernels/webgpu/bestMatch.ts';
import { startBest, type BestBuffers } from '../../src/kernels/webgpu/bestResults.ts';
import { findAdapter } from '../../src/kernels/webgpu/dawn.ts';
import { GpuDevice } from '../../src/kernels/webgpu/gpuDevice.ts';
import { GpuMatrix } from '../../src/kernels/webgpu/gpuMatrix.ts';
import { Readback } from '../../src/kernels/webgpu/readback.ts';
import { Staging } from '../../src/kernels/webgpu/staging.ts';
import { rectangleGrids, triangleGrids } from '../../src/kernels/webgpu/tileGrids.ts';
import { filler, hasAdapter } from './backends.ts';
import { offsetsOf, randomNumbers, unitRows } from './rows.ts';

const ROWS = 700;
const TOPICS = 60;
/** Rows are their topic and this much noise: from copies over near ties to hardly related. */
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

/** Whole stretches of the sum, and a remainder. */
const DIMS = [768, 80];

test.runIf(hasAdapter)('tiles and rounds of any size lead to the same bits', async () => {
  const gpu = await GpuDevice.open(await findAdapter());
  const staging = new Staging(gpu);
  const readback = new Readback(gpu);
  const bias = Float32Array.from({ length: TOPICS }, (_, i) => -0.5 + (i % 7) * 1e-5);
  const data = DIMS.map((dim) => ({ dim, fill: filler(nearTies(dim), dim) }));

  const download = async (x: GpuMatrix, found: readonly BestBuffers[]) => {
    const best = { score: new Float32Array(ROWS), index: new Int32Array(ROWS) };
    const { done } = await startBest(readback, x, found, { from: 0, to: ROWS }, best);
    await done;
    return best;
  };
  const searched = async (bestMatch: BestMatch) => {
    const results = [];
    for (const { dim, fill } of data) {
      const x = await GpuMatrix.upload(staging, ROWS, dim, fill);
      const y = await GpuMatrix.upload(staging, TOPICS, dim, fill);
      const triangle = triangleGrids(x.segments, offsetsOf([1, 139, 1, 559]));
      const rectangle = rectangleGrids(x.segments, y.segments);
      results.push(await download(x, await bestMatch.search(x, x, triangle)));
      results.push(await download(x, await bestMatch.search(x, y, rectangle, bias)));
      x.free();
      y.free();
    }
    return results;
  };

  const usual = await searched(await BestMatch.create(gpu, 128));
  for (const [side, step, unrolled] of [
    [128, 4, true],
    [128, 8, false],
    [64, 4, false],
    [64, 8, true],
  ] as const) {
    expect(await searched(await BestMatch.create(gpu, side, step, unrolled))).toEqual(usual);
  }
  await gpu.close();
});
