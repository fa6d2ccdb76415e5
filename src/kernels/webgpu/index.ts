import type { Kernels } from '../kernels.ts';
import { BestMatch } from './bestMatch.ts';
import { EXPERIMENTAL, findAdapter } from './dawn.ts';
import { GpuDevice } from './gpuDevice.ts';
import { HalfMatch } from './halfMatch.ts';
import { LabelSums } from './labelSums.ts';
import type { Matcher, TileSide } from './matcher.ts';
import { HALF_FEATURES, differing, halfProducts, productsFrom, type Products } from './products.ts';
import { Readback } from './readback.ts';
import { agree } from './selfTest.ts';
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
  /** Half-precision products lead to the same bits; default: environment variable NEARDUCK_WEBGPU_PRODUCTS, or `float32`. */
  readonly products?: Products;
}

const DEFAULT_RESIDENT_LIMIT = 4 * 2 ** 30;

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
    const readback = new Readback(gpu);
    const exact = await BestMatch.create(gpu, side);
    let matcher: Matcher = exact;
    if (half) {
      const proposing = await HalfMatch.create(gpu, side, half, exact, readback);
      // What `exact` had to do in its place would agree without proving anything.
      const right = (await agree(gpu, readback, proposing, exact)) && proposing.redone === 0;
      if (!right) throw differing(gpu.name);
      matcher = proposing;
    }
    const labelSums = await LabelSums.create(gpu);
    // Rows in half precision lie beside those in float32.
    const share = half ? 2 / 3 : 1;
    const limit = Math.floor((options.residentLimit ?? DEFAULT_RESIDENT_LIMIT) * share);
    return new WebGpuKernels(gpu, matcher, labelSums, readback, limit);
  } catch (error) {
    await gpu.close();
    throw error;
  }
}
