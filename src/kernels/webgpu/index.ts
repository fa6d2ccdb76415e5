import { parseBytes } from '../../byteSize.ts';
import type { Kernels } from '../kernels.ts';
import { BestMatch } from './bestMatch.ts';
import { EXPERIMENTAL, findAdapter } from './dawn.ts';
import { GpuDevice } from './gpuDevice.ts';
import { HalfMatch } from './halfMatch.ts';
import { LabelSums } from './labelSums.ts';
import type { Matcher, TileSide } from './matcher.ts';
import { HALF_FEATURES, differing, halfProducts, productsFrom, type Products } from './products.ts';
import { Readback } from './readback.ts';
import { ResidentRows } from './residentRows.ts';
import { agree } from './selfTest.ts';
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
  /** Half-precision products lead to the same bits; default: environment variable NEARDUCK_WEBGPU_PRODUCTS, or `float32`. */
  readonly products?: Products;
}

const MEMORY_VARIABLE = 'NEARDUCK_WEBGPU_MEMORY';
const DEFAULT_MEMORY = '4GiB';
/** Of that, for the rows of a store; the rest for what is made of them. */
const STORE_SHARE = 0.75;

/**
 * Kernels in WGSL on Dawn, float32. Takes any adapter, real or software; throws an Invalid Input Error that names the
 * remedy where there is none, and where half-precision products are asked for and the adapter cannot do them or they fail
 * a comparison with float32 ones on it.
 */
export async function createWebGpuKernels(options: WebGpuOptions = {}): Promise<Kernels> {
  const products = productsFrom(options.products);
  const found = await findAdapter(options.adapter, products === 'half' ? EXPERIMENTAL : []);
  const half = halfProducts(products, found.adapter, found.description.name);
  const features = products === 'half' ? HALF_FEATURES : [];
  const gpu = await GpuDevice.open(found, options.maxBufferBytes, features);
  try {
    const side = options.tile ?? 128;
    const staging = new Staging(gpu);
    const readback = new Readback(gpu);
    const exact = await BestMatch.create(gpu, side);
    let matcher: Matcher = exact;
    if (half) {
      const proposing = await HalfMatch.create(gpu, side, half, exact, readback);
      // What `exact` had to do in its place would agree without proving anything.
      const right = (await agree(staging, readback, proposing, exact)) && proposing.redone === 0;
      if (!right) throw differing(gpu.name);
      matcher = proposing;
    }
    const labelSums = await LabelSums.create(gpu);
    const memory =
      options.memory ?? parseBytes(process.env[MEMORY_VARIABLE] || DEFAULT_MEMORY, MEMORY_VARIABLE);
    const resident = await ResidentRows.create(staging, Math.floor(memory * STORE_SHARE));
    // Rows in half precision lie beside those in float32.
    const share = (1 - STORE_SHARE) * (half ? 2 / 3 : 1);
    const residentLimit = Math.floor(memory * share);
    return new WebGpuKernels({ staging, readback, matcher, labelSums, resident, residentLimit });
  } catch (error) {
    await gpu.close();
    throw error;
  }
}
