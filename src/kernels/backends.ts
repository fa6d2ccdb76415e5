import type { Kernels } from './kernels.ts';

/**
 * The arithmetic backends. Each is a folder and a line here; `auto` (in `select.ts`) resolves to one of them.
 */
export const backends = {
  cpu: async () => (await import('./cpu/index.ts')).createCpuKernels(),
  webgpu: async () => (await import('./webgpu/index.ts')).createWebGpuKernels(),
  reference: async () => (await import('./reference/index.ts')).createReferenceKernels(),
} satisfies Record<string, () => Promise<Kernels>>;

/** The name of a backend. */
export type BackendName = keyof typeof backends;

/** The backends that a user can name. */
export type BackendChoice = 'auto' | BackendName;
/** The values of `BackendChoice`. */
export const BACKENDS: readonly BackendChoice[] = ['auto', ...(Object.keys(backends) as BackendName[])];
