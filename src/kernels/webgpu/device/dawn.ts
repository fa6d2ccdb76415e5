import { invalidInputError } from '../../../errors.ts';
import { describeAdapters, type AdapterDescription } from './adapters.ts';

/** Dawn crashes the process when an instance is garbage-collected, so instances are kept forever. */
const instances: GPU[] = [];

/**
 * The shaders write workgroup memory before they read it (initialising it costs SwiftShader seconds of
 * compilation), and stay within their buffers (checking every index costs 8 % of a search on an H100).
 */
const TOGGLES = ['disable_workgroup_init', 'disable_robustness'];

/** An adapter, and its description from `describeAdapters`. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly description: AdapterDescription;
}

/**
 * Finds the adapter to use: the first one whose name contains `wanted`; by default the first real GPU, else a
 * software adapter.
 */
export async function findAdapter(wanted = ''): Promise<FoundAdapter> {
  const all = await describeAdapters();
  if (all.length === 0) throw noAdapter();
  const description = all.find(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  if (description === undefined) {
    const names = all.map(({ name }) => `"${name}"`).join(', ');
    throw invalidInputError(`webgpu: no adapter is called "${wanted}"; found ${names}`);
  }
  const { create } = await import('webgpu');
  const enabled = `enable-dawn-features=${TOGGLES.join(',')}`;
  const gpu = create([`backend=${description.backend}`, `adapter=${description.name}`, enabled]);
  instances.push(gpu);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw noAdapter();
  return { adapter, description };
}

const noAdapter = () =>
  invalidInputError(
    'webgpu: no WebGPU adapter found (is a Vulkan, Metal or D3D12 driver missing?); ' +
      "use backend := 'cpu', or run nearduck doctor to see what was tried",
  );
