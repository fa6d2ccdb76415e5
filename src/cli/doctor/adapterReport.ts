import { describeAdapters, type AdapterDescription } from '../../kernels/webgpu/index.ts';
import type { Section } from './section.ts';

/** The WebGPU adapters that Dawn finds, with the limits that decide how much one dispatch can do. */
export async function adapterReport(): Promise<Section> {
  const adapters = await describeAdapters();
  if (adapters.length === 0) return [['none', 'no GPU or software driver that WebGPU can use']];
  return adapters.map((adapter) => [adapter.name, describe(adapter)]);
}

function describe({ backend, driver, software, limits }: AdapterDescription): string {
  return [
    `${backend}${software ? ', software' : ''}${driver ? `, ${driver}` : ''}`,
    `storage buffer binding ${mebibytes(limits['maxStorageBufferBindingSize'])}`,
    `workgroup memory ${limits['maxComputeWorkgroupStorageSize'] ?? '?'} bytes`,
    `invocations per workgroup ${limits['maxComputeInvocationsPerWorkgroup'] ?? '?'}`,
  ].join('\n');
}

const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? '?' : `${Math.floor(bytes / 2 ** 20)} MiB`;
