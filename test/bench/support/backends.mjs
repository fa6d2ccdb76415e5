import { createCpuKernels } from '../../../dist/kernels/cpu/index.js';
import { createWebGpuKernels, describeAdapters } from '../../../dist/kernels/webgpu/index.js';

/**
 * The backends to measure: the CPU as it comes and with float32 products alone, and WebGPU on a real GPU (`software`: on a
 * software adapter too).
 * @param {boolean} software
 * @returns {Promise<{ name: string, kernels?: import('../../../dist/kernels/kernels.js').Kernels, reason?: string }[]>}
 */
export async function openBackends(software) {
  const backends = [
    { name: 'cpu', kernels: await createCpuKernels() },
    { name: 'cpu, float32 only', kernels: await createCpuKernels({ int8: false }) },
  ];
  const adapter = (await describeAdapters()).find((found) => software || !found.software);
  if (adapter) {
    const kernels = await createWebGpuKernels({ adapter: adapter.name });
    return [...backends, { name: `webgpu, ${adapter.name}`, kernels }];
  }
  return [...backends, { name: 'webgpu', reason: software ? 'no adapter found' : 'no GPU found' }];
}
