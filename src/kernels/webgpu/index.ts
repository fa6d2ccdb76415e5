import { parseBytes } from '../../byteSize.ts';
import type { Kernels } from '../kernels.ts';
import { findAdapter } from './device/dawn.ts';
import { GpuDevice } from './device/gpuDevice.ts';
import { Readback } from './device/readback.ts';
import { Staging } from './device/staging.ts';
import { WebGpuKernels } from './kernels.ts';
import { Residency } from './residency.ts';
import { BatchSearch } from './search/batchSearch.ts';
import { Matchers } from './search/matchers.ts';
import type { TileSide } from './search/tileShader.ts';
import { LabelSums } from './sums/labelSums.ts';

export { describeAdapters, type AdapterDescription } from './device/adapters.ts';

/** Options of the WebGPU backend. Sizes are in bytes. */
export interface WebGpuOptions {
  /** Part of the name of the adapter to use. Default: the first real GPU, else a software adapter. */
  readonly adapter?: string;
  /**
   * Bytes of rows to hold on the device, in addition to results and staging buffers. Default: the environment
   * variable NEARDUCK_WEBGPU_MEMORY, or 4 GiB (WebGPU does not report the memory of the device).
   */
  readonly memory?: number;
  /**
   * Size of the largest buffer to allocate. Default: the adapter's limit. A larger store is divided into
   * several buffers.
   */
  readonly maxBufferBytes?: number;
  /** Rows and columns that one workgroup compares. Default: 128. */
  readonly tile?: TileSide;
  /**
   * Maximum rows per batch. The results of a batch are read back while the next one is searched. Default:
   * 131,072; larger batches are no faster.
   */
  readonly batchRows?: number;
}

const MEMORY_VARIABLE = 'NEARDUCK_WEBGPU_MEMORY';
const DEFAULT_MEMORY = '4GiB';
const BATCH_ROWS = 2 ** 17;

/**
 * Creates kernels in WGSL on Dawn, with float32. They run on any adapter, real or software.
 * @throws NearduckError (Invalid Input Error) when there is no adapter.
 */
export async function createWebGpuKernels(options: WebGpuOptions = {}): Promise<Kernels> {
  const gpu = await GpuDevice.open(await findAdapter(options.adapter), options.maxBufferBytes);
  try {
    const memory =
      options.memory ?? parseBytes(process.env[MEMORY_VARIABLE] || DEFAULT_MEMORY, MEMORY_VARIABLE);
    const batchRows = options.batchRows ?? BATCH_ROWS;
    const residency = await Residency.create(new Staging(gpu), { memory, batchRows });
    const readback = new Readback(gpu);
    return new WebGpuKernels({
      gpu,
      residency,
      batchSearch: new BatchSearch(gpu, residency),
      matchers: await Matchers.create(gpu, readback, options.tile ?? 128),
      labelSums: await LabelSums.create(gpu),
      readback,
    });
  } catch (error) {
    await gpu.close();
    throw error;
  }
}
