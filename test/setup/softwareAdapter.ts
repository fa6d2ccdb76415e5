import { fileURLToPath } from 'node:url';
import { describeAdapters } from '../../src/kernels/webgpu/index.ts';
import { unpackSwiftShader } from './swiftShader.ts';

/** `env` holds the variables that a new process needs to find `adapter`. */
export type AdapterEnv =
  { readonly env: Readonly<Record<string, string>>; readonly adapter: string } | { readonly reason: string };

const TOLD = 'NEARDUCK_TEST_WEBGPU';
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/nearduck', import.meta.url));

/**
 * The WebGPU adapter tests run on: a real GPU or the system's own software driver where there is one, otherwise
 * SwiftShader from npm. The variables must be in a process's environment when it starts; the loader reads them then.
 */
export async function softwareAdapterEnv(): Promise<AdapterEnv> {
  const [installed] = await describeAdapters();
  if (installed) return { env: {}, adapter: installed.name };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { reason: `no WebGPU adapter, and SwiftShader is only at hand for Linux on x64` };
  }
  try {
    const env = unpackSwiftShader(CACHE);
    const [unpacked] = await describeAdapters({ ...process.env, ...env });
    return unpacked
      ? { env, adapter: unpacked.name }
      : { reason: 'no WebGPU adapter, and SwiftShader does not start' };
  } catch (error) {
    return { reason: `no WebGPU adapter, and SwiftShader cannot be unpacked: ${(error as Error).message}` };
  }
}

/**
 * Puts what `softwareAdapterEnv` found into this process's environment, for the processes it starts, and says so once.
 * Workers read the outcome in `NEARDUCK_TEST_WEBGPU`.
 */
export async function provideAdapter(): Promise<void> {
  if (process.env[TOLD] !== undefined) return;
  const found = await softwareAdapterEnv();
  if ('env' in found) Object.assign(process.env, found.env);
  process.env[TOLD] = 'env' in found ? found.adapter : `SKIPPED: ${found.reason}`;
  console.warn(`tests on webgpu: ${process.env[TOLD]}`);
}
