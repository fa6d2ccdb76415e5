import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { selectKernels } from '../../src/kernels/select.ts';
import { describeAdapters } from '../../src/kernels/webgpu/index.ts';
import { Session } from '../../src/session/session.ts';

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

  test.runIf(process.platform === 'linux')('reading stops: the backend is opened meanwhile', async () => {
    await using session = await Session.open({ backend: 'webgpu' });
    const rows = 'SELECT range AS id, [1 + range % 7, 1] AS embedding FROM range(10_000_000_000)';
    await expect(session.run(`FROM kmeans('${rows}', 2)`)).rejects.toThrow(
      'Invalid Input Error: webgpu: no WebGPU adapter found',
    );
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
