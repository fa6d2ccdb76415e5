import { backends, type BackendChoice } from './backends.ts';
import type { Kernels } from './kernels.ts';

/** The kernels to use, and why these. */
export interface Selection {
  readonly kernels: Kernels;
  /** For summaries and `nearduck doctor`: `auto: no GPU with a WebGPU driver found`. */
  readonly reason: string;
}

/**
 * Opens a backend. `auto` takes `webgpu` where there is a real GPU and `cpu` otherwise; a backend asked for by name is
 * taken as it is, a software adapter too, or its error thrown. Nothing of Dawn is loaded into this process unless `webgpu`
 * is what comes out.
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
