import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { selectKernels } from '../../src/kernels/select.ts';
import { describeAdapters } from '../../src/kernels/webgpu/index.ts';

describe('without a driver', () => {
  beforeEach(
    () => void vi.stubEnv('VK_DRIVER_FILES', '/nonexistent').stubEnv('VK_ICD_FILENAMES', '/nonexistent'),
  );
  afterEach(() => void vi.unstubAllEnvs());

  test.runIf(process.platform === 'linux')('webgpu is an error that names the remedy', async () => {
    expect(await describeAdapters()).toEqual([]);
    await expect(selectKernels('webgpu')).rejects.toThrow(
      'Invalid Input Error: webgpu: no WebGPU adapter found (is a Vulkan, Metal or D3D12 driver missing?); ' +
        "use backend := 'cpu', or run nearduck doctor to see what was tried",
    );
  });

  test.runIf(process.platform === 'linux')('auto takes the CPU and says why', async () => {
    const { kernels, reason } = await selectKernels('auto');
    expect([kernels.name, reason]).toEqual(['cpu', 'auto: no GPU with a WebGPU driver found']);
    await kernels.close();
  });
});

describe('auto', () => {
  test('never takes a software adapter', async () => {
    const adapters = await describeAdapters();
    const { kernels, reason } = await selectKernels('auto');
    expect(kernels.name).toBe(adapters.some(({ software }) => !software) ? 'webgpu' : 'cpu');
    expect(reason).toMatch(/^auto: /);
    await kernels.close();
  });
});
