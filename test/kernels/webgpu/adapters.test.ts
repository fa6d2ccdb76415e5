import { describe, expect, test } from 'vitest';
import { selectKernels } from '../../../src/kernels/select.ts';
import { createWebGpuKernels, describeAdapters } from '../../../src/kernels/webgpu/index.ts';
import { hasAdapter } from '../backends.ts';

describe.runIf(hasAdapter)('adapters', () => {
  test('one asked for by a name that none has', async () => {
    await expect(createWebGpuKernels({ adapter: 'Voodoo' })).rejects.toThrow(
      /Invalid Input Error: webgpu: no adapter is called "Voodoo"; found ".+"/,
    );
  });

  test('a probe that says something else finds nothing, and the next one tries again', async () => {
    const noise = `--import data:text/javascript,console.log("noise")`;
    expect(await describeAdapters({ ...process.env, NODE_OPTIONS: noise })).toEqual([]);
    expect(await describeAdapters()).not.toEqual([]);
  });

  test('are described', async () => {
    const [adapter] = await describeAdapters();
    expect(adapter.name).not.toBe('');
    expect(adapter.limits['maxStorageBufferBindingSize']).toBeGreaterThanOrEqual(2 ** 27);
    const { kernels } = await selectKernels('webgpu');
    expect(kernels.device).toBe(adapter.name);
    await kernels.close();
  });
});
