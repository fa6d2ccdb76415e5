import type { Kernels } from '../kernels.ts';
import { BestMatch } from './bestMatch.ts';
import { findAdapter } from './dawn.ts';
import { GpuDevice } from './gpuDevice.ts';
import { LabelSums } from './labelSums.ts';
import type { TileSide } from './matcher.ts';
import { Readback } from './readback.ts';
import { WebGpuKernels } from './webGpuKernels.ts';

export { describeAdapters, type AdapterDescription } from './adapters.ts';

export interface WebGpuOptions {
  /** Part of the name of the adapter to use; default: the first real GPU, else a software adapter. */
  readonly adapter?: string;
  /** Bytes of matrices that may be resident at once; default 4 GiB (WebGPU does not tell how much memory there is). */
  readonly residentLimit?: number;
  /** Largest buffer to allocate; default: the adapter's limit. Matrices beyond it span several. */
  readonly maxBufferBytes?: number;
  /** Rows and columns one workgroup compares; default 128. */
  readonly tile?: TileSide;
}

const DEFAULT_RESIDENT_LIMIT = 4 * 2 ** 30;

/**
 * Kernels in WGSL on Dawn, float32. Takes any adapter, real or software; throws an Invalid Input Error that names the
 * remedy where there is none.
 */
export async function createWebGpuKernels(options: WebGpuOptions = {}): Promise<Kernels> {
  const gpu = await GpuDevice.open(await findAdapter(options.adapter), options.maxBufferBytes);
  const bestMatch = await BestMatch.create(gpu, options.tile ?? 128);
  const labelSums = await LabelSums.create(gpu);
  const readback = new Readback(gpu);
  return new WebGpuKernels(
    gpu,
    bestMatch,
    labelSums,
    readback,
    options.residentLimit ?? DEFAULT_RESIDENT_LIMIT,
  );
}
