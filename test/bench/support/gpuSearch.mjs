import { BestMatch } from '../../../dist/kernels/webgpu/bestMatch.js';
import { EXPERIMENTAL, findAdapter } from '../../../dist/kernels/webgpu/dawn.js';
import { GpuDevice } from '../../../dist/kernels/webgpu/gpuDevice.js';
import { GpuMatrix } from '../../../dist/kernels/webgpu/gpuMatrix.js';
import { HalfMatch } from '../../../dist/kernels/webgpu/halfMatch.js';
import { HALF_FEATURES, matrixUnit } from '../../../dist/kernels/webgpu/products.js';
import { Readback } from '../../../dist/kernels/webgpu/readback.js';
import { Staging } from '../../../dist/kernels/webgpu/staging.js';
import { rectangleGrids, triangleGrids } from '../../../dist/kernels/webgpu/tileGrids.js';
import { fillFrom } from './unitRows.mjs';

/**
 * The searches behind the kernels, without what goes to the host: what the device itself does.
 * @param {{ half: boolean, rows: number, dim: number, fill: import('../../../dist/kernels/kernels.js').FillRows }} of
 */
export async function openSearch({ half, rows, dim, fill }) {
  const found = await findAdapter('', half ? EXPERIMENTAL : []);
  const gpu = await GpuDevice.open(found, undefined, half ? HALF_FEATURES : []);
  const staging = new Staging(gpu);
  const exact = await BestMatch.create(gpu, 128);
  const matcher = half
    ? await HalfMatch.create(gpu, 128, matrixUnit(found.adapter, gpu.name), exact, new Readback(gpu))
    : exact;
  const x = await GpuMatrix.upload(staging, rows, dim, fill);
  const ended = () => gpu.submit(() => {});
  return {
    async assign({ k, values, bias }) {
      const y = await GpuMatrix.upload(staging, k, dim, fillFrom(values, dim));
      await matcher.search(x, y, rectangleGrids(x.segments, y.segments), bias);
      await ended();
      y.free();
    },
    async pairwise(offsets) {
      await matcher.search(x, x, triangleGrids(x.segments, offsets));
      await ended();
    },
    async close() {
      x.free();
      await gpu.close();
    },
  };
}
