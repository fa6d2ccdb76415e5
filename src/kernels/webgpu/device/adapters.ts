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
  /**
   * True for adapters that run on the CPU (lavapipe, SwiftShader, WARP). They serve tests; the cpu backend is
   * faster.
   */
  readonly software: boolean;
  readonly limits: Readonly<Record<string, number>>;
}

const PROBE_TIMEOUT_MS = 20_000;

/**
 * Runs in its own process: without a driver, Dawn writes warnings to stderr that cannot be switched off, and
 * a broken driver crashes its process. Dawn lists all adapters only in the error for an unknown name.
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

/** The result of the last probe, and its environment. */
let last: { readonly env: string; readonly found: Promise<AdapterDescription[]> } | undefined;

/**
 * Returns every adapter that Dawn finds on this machine, real ones first. Takes about 0.3 s the first time,
 * prints nothing and loads no driver into this process. A probe that crashes or hangs finds nothing; the next
 * call tries again. `env` is the environment of the probe. Default: that of this process.
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

/** Some drivers do not report that they run on the CPU. They are recognised by name. */
const isSoftware = ({ name, architecture }: AdapterDescription): boolean =>
  /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${name} ${architecture}`);
