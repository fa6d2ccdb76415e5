import { backends, type BackendChoice } from './backends.ts';
import type { Kernels } from './kernels.ts';

/** The selected kernels, and the reason for the selection. */
export interface Selection {
  readonly kernels: Kernels;
  /** The reason for summaries and `nearduck doctor`: `auto: no GPU with a WebGPU driver found`. */
  readonly reason: string;
}

/**
 * Opens a backend. `auto` selects `webgpu` if there is a real GPU, otherwise `cpu`. A backend selected by
 * name may also use a software adapter; its error is thrown. Dawn is loaded into this process only when
 * `webgpu` is selected.
 */
export async function selectKernels(name: BackendChoice): Promise<Selection> {
  if (name !== 'auto') return { kernels: await backends[name](), reason: `backend := '${name}'` };
  const { describeAdapters } = await import('./webgpu/index.ts');
  const adapters = await describeAdapters();
  const gpu = adapters.find(({ software }) => !software);
  if (gpu)
    return { kernels: await backends.webgpu(), reason: `auto: ${gpu.name} found through ${gpu.backend}` };
  const reason =
    adapters.length > 0
      ? `auto: ${adapters[0].name} is a software adapter, slower than the CPU itself`
      : 'auto: no GPU with a WebGPU driver found';
  return { kernels: await backends.cpu(), reason };
}
