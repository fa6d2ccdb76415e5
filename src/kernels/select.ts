import type { BackendChoice, Kernels } from './kernels.ts';

/** Provisional. */
export async function selectKernels(name: BackendChoice): Promise<{ kernels: Kernels; reason: string }> {
  const { createCpuKernels } = await import('./cpu/index.ts');
  return { kernels: await createCpuKernels(), reason: name };
}
