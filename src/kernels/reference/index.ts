import type { Kernels } from '../kernels.ts';
import { ReferenceKernels } from './kernels.ts';

/** The oracle of every test: each kernel as a plain float64 loop on one thread. */
export async function createReferenceKernels(): Promise<Kernels> {
  return new ReferenceKernels();
}
