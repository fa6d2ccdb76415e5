import { describeAdapters } from '../../src/kernels/webgpu/index.ts';
import type { BackendName } from '../../src/kernels/backends.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { selectKernels } from '../../src/kernels/select.ts';

/** The backends that run here. Without an adapter, WebGPU is omitted with a message. */
export const backends: BackendName[] = ['reference', 'cpu'];

export const hasAdapter = (await describeAdapters()).length > 0;
if (hasAdapter) backends.push('webgpu');
else console.warn(`test/kernels on webgpu ${process.env['NEARDUCK_TEST_WEBGPU'] ?? 'SKIPPED: no adapter'}`);

export async function openKernels(name: BackendName): Promise<Kernels> {
  return (await selectKernels(name)).kernels;
}
