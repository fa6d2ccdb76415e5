import type { Kernels } from '../kernels.ts';
import { CpuKernels, type CpuOptions } from './kernels.ts';

/**
 * Kernels on ONNX Runtime's CPU provider. Its products propose candidates; WebAssembly SIMD dot products
 * decide.
 */
export async function createCpuKernels(options: CpuOptions = {}): Promise<Kernels> {
  return new CpuKernels(options);
}
