import type { Kernels } from '../kernels.ts';
import { CpuKernels, type CpuOptions } from './kernels.ts';

/** Kernels on ONNX Runtime's CPU provider: what its products propose, WebAssembly SIMD dot products decide. */
export async function createCpuKernels(options: CpuOptions = {}): Promise<Kernels> {
  return new CpuKernels(options);
}
