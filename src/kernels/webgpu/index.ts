import { parseBytes } from '../../byteSize.ts';
import type { Kernels } from '../kernels.ts';
import { BestMatch, type TileSide } from './bestMatch.ts';
import { findAdapter } from './dawn.ts';
import { GpuDevice } from './gpuDevice.ts';
import { LabelSums } from './labelSums.ts';
import { Readback } from './readback.ts';
import { ResidentRows } from './residentRows.ts';
import { Staging } from './staging.ts';
import { WebGpuKernels } from './webGpuKernels.ts';

export { describeAdapters, type AdapterDescription } from './adapters.ts';

export interface WebGpuOptions {
  /** Part of the name of the adapter to use; default: the first real GPU, else a software adapter. */
  readonly adapter?: string;
  /**
   * Bytes of rows to hold on the device, beside results and what uploads pass through; default: environment variable
   * NEARDUCK_WEBGPU_MEMORY, or 4 GiB (WebGPU does not tell how much memory there is).
   */
  readonly memory?: number;
  /** Largest buffer to allocate; default: the adapter's limit. Matrices beyond it span several. */
  readonly maxBufferBytes?: number;
  /** Rows and columns one workgroup compares; default 128. */
  readonly tile?: TileSide;
  /** Rows per search, after which what it found is read back while the next one runs; default 131,072: more is no faster. */
  readonly pieceRows?: number;
}

const MEMORY_VARIABLE = 'NEARDUCK_WEBGPU_MEMORY';
const DEFAULT_MEMORY = '4GiB';
/** Of that, for the rows of a store; the rest for what is made of them. */
const STORE_SHARE = 0.75;
const PIECE_ROWS = 2 ** 17;

/**
 * Kernels in WGSL on Dawn, float32. Takes any adapter, real or software; throws an Invalid Input Error that names the
 * remedy where there is none.
 */
export async function createWebGpuKernels(options: WebGpuOptions = {}): Promise<Kernels> {
  const gpu = await GpuDevice.open(await findAdapter(options.adapter), options.maxBufferBytes);
  try {
    const staging = new Staging(gpu);
    const readback = new Readback(gpu);
    const bestMatch = await BestMatch.create(gpu, options.tile ?? 128);
    const labelSums = await LabelSums.create(gpu);
    const memory =
      options.memory ?? parseBytes(process.env[MEMORY_VARIABLE] || DEFAULT_MEMORY, MEMORY_VARIABLE);
    const resident = await ResidentRows.create(staging, Math.floor(memory * STORE_SHARE));
    const residentLimit = Math.floor(memory * (1 - STORE_SHARE));
    const pieceRows = options.pieceRows ?? PIECE_ROWS;
    return new WebGpuKernels({
      staging,
      readback,
      bestMatch,
      labelSums,
      resident,
      residentLimit,
      pieceRows,
    });
  } catch (error) {
    await gpu.close();
    throw error;
  }
}
