import { BestMatch } from '../../../dist/kernels/webgpu/bestMatch.js';
import { findAdapter } from '../../../dist/kernels/webgpu/dawn.js';
import { GpuDevice } from '../../../dist/kernels/webgpu/gpuDevice.js';
import { GpuMatrix } from '../../../dist/kernels/webgpu/gpuMatrix.js';
import { Staging } from '../../../dist/kernels/webgpu/staging.js';
import { rectangleGrids, triangleGrids } from '../../../dist/kernels/webgpu/tileGrids.js';
import { fillFrom } from './unitRows.mjs';

/**
 * The search behind the kernels, without what goes to the host: what the device itself does.
 * @param {{ rows: number, dim: number, fill: import('../../../dist/kernels/kernels.js').FillRows }} of
 */
export async function openSearch({ rows, dim, fill }) {
  const gpu = await GpuDevice.open(await findAdapter());
  const staging = new Staging(gpu);
  const bestMatch = await BestMatch.create(gpu, 128);
  const x = await GpuMatrix.upload(staging, rows, dim, fill);
  const ended = () => gpu.submit(() => {});
  return {
    async assign({ k, values, bias }) {
      const y = await GpuMatrix.upload(staging, k, dim, fillFrom(values, dim));
      await bestMatch.search(x, y, rectangleGrids(x.segments, y.segments), bias);
      await ended();
      y.free();
    },
    async pairwise(offsets) {
      await bestMatch.search(x, x, triangleGrids(x.segments, offsets));
      await ended();
    },
    async close() {
      x.free();
      await gpu.close();
    },
  };
}
