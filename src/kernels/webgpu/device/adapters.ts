import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** A WebGPU adapter, as `nearduck doctor` shows it. */
export interface AdapterDescription {
  /** The driver's name for it: `NVIDIA H200`, `SwiftShader Device (Subzero)`. */
  readonly name: string;
  /** `vulkan`, `metal`, `d3d12`, … */
  readonly backend: string;
  readonly vendor: string;
  readonly architecture: string;
  /** Driver and version. */
  readonly driver: string;
  /** Runs on the CPU (lavapipe, SwiftShader, WARP): right for tests, slower than the cpu backend. */
  readonly software: boolean;
  readonly limits: Readonly<Record<string, number>>;
}

const PROBE_TIMEOUT_MS = 20_000;

/**
 * Runs in a process of its own: without a driver Dawn writes warnings to stderr that nothing can switch off,
 * and a broken driver takes its process down. Dawn lists adapters only in the error for a name that none has.
 */
const PROBE = `
const [url] = process.argv.slice(1);
const { create } = await import(url);
const kept = (globalThis.kept = []);
const request = (flags) => {
  const gpu = create(flags);
  kept.push(gpu);
  return gpu.requestAdapter();
};
const listing = await request(['adapter=nearduck lists adapters']).then(() => '', (error) => error.message);
const adapters = [];
for (const [, backend, name] of listing.matchAll(/backend: '([^']*)', name: '(.*)'/g)) {
  const adapter = await request(['backend=' + backend, 'adapter=' + name]).catch(() => null);
  if (!adapter) continue;
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const limits = {};
  for (const key in adapter.limits) if (typeof adapter.limits[key] === 'number') limits[key] = adapter.limits[key];
  adapters.push({ name, backend, vendor, architecture, driver: description, software: isFallbackAdapter, limits });
}
process.stdout.write(JSON.stringify(adapters));
`;

/** The result of the last probe, and the environment that it ran in. */
let last: { readonly env: string; readonly found: Promise<AdapterDescription[]> } | undefined;

/**
 * Every adapter Dawn finds on this machine, real ones first. Takes about 0.3 s the first time, prints nothing
 * and loads no driver into this process. A probe that crashes or hangs finds nothing, and the next call tries
 * again. `env` is the environment to look in; default: this process's.
 */
export async function describeAdapters(env = process.env): Promise<AdapterDescription[]> {
  const key = JSON.stringify(env);
  const asked = last?.env === key ? last : { env: key, found: probe(env) };
  last = asked;
  const found = await asked.found;
  if (found.length === 0 && last === asked) last = undefined;
  return found;
}

async function probe(env: NodeJS.ProcessEnv): Promise<AdapterDescription[]> {
  const dawn = pathToFileURL(createRequire(import.meta.url).resolve('webgpu')).href;
  const probing = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROBE, dawn], {
    timeout: PROBE_TIMEOUT_MS,
    env,
  });
  const described = await probing
    .then(({ stdout }) => JSON.parse(stdout) as AdapterDescription[])
    .catch((): AdapterDescription[] => []);
  const found = described.map((adapter) => ({
    ...adapter,
    software: adapter.software || isSoftware(adapter),
  }));
  return [...found.filter((adapter) => !adapter.software), ...found.filter((adapter) => adapter.software)];
}

/** Some drivers do not say that they are a CPU: known by name. */
const isSoftware = ({ name, architecture }: AdapterDescription): boolean =>
  /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${name} ${architecture}`);
