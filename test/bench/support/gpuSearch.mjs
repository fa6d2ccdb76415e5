import { countPairs, earlierInRange, everything } from '../../../dist/kernels/pairs.js';
import { Call } from '../../../dist/kernels/webgpu/call.js';
import { findAdapter } from '../../../dist/kernels/webgpu/device/dawn.js';
import { GpuDevice } from '../../../dist/kernels/webgpu/device/gpuDevice.js';
import { Staging } from '../../../dist/kernels/webgpu/device/staging.js';
import { Residency } from '../../../dist/kernels/webgpu/residency.js';
import { BatchSearch } from '../../../dist/kernels/webgpu/search/batchSearch.js';
import { Readback } from '../../../dist/kernels/webgpu/device/readback.js';
import { Matchers } from '../../../dist/kernels/webgpu/search/matchers.js';
import { WORK } from './work.mjs';

/**
 * The search behind the kernels, without what goes to the host: what the device itself does.
 * @param {import('../../../dist/rows/rowView.js').RowView} rows
 */
export async function openSearch(rows) {
  const gpu = await GpuDevice.open(await findAdapter());
  const memory = 2 * rows.store.rows * rows.store.dim * 4;
  const residency = await Residency.create(new Staging(gpu), { memory, batchRows: 2 ** 17 });
  const batches = new BatchSearch(gpu, residency);
  const matchers = await Matchers.create(gpu, new Readback(gpu), 128);
  const search = async (targets, pairs) => {
    const call = new Call(gpu, WORK, countPairs(pairs));
    await batches.run(
      { queries: rows, targets, pairs },
      matchers.bestOf(async () => {}),
      call,
    );
    await call.finish();
  };
  return {
    assign: (centroids) => search(centroids, everything(rows.count, centroids.k)),
    pairwise: (offsets) => search(rows, earlierInRange(offsets)),
    close: () => gpu.close(),
  };
}
