import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import duckdb from '@duckdb/node-bindings';
import { selectKernels } from '../../kernels/select.ts';
import { describeAdapters, type AdapterDescription } from '../../kernels/webgpu/index.ts';
import { firstRow } from '../../queryValues.ts';
import { Session } from '../../session/session.ts';
import { errorText } from '../shell/errorText.ts';
import { nearduckVersion } from '../versions.ts';
import { sizeText } from '../../byteSize.ts';

/** A section of the report: names and values, one per line. */
export type Section = readonly (readonly [name: string, value: string])[];

/** Versions of nearduck and its dependencies. */
export async function versionReport(): Promise<Section> {
  return [
    ['nearduck', await nearduckVersion()],
    ['Node.js', `${process.version} (${process.platform} ${process.arch})`],
    ['DuckDB', duckdb.library_version()],
    ['onnxruntime-node', await packageVersion('onnxruntime-node')],
    ['webgpu (Dawn)', await packageVersion('webgpu')],
  ];
}

/** Reads the version without loading the package, because a native module may not load. */
async function packageVersion(name: string): Promise<string> {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    try {
      const text = await readFile(`${folder}/${name}/package.json`, 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'not installed';
}

/** Processors, memory, and the limits DuckDB works under. */
export async function machineReport(): Promise<Section> {
  await using session = await Session.open();
  const [threads, memoryLimit, temporary] = await firstRow(
    session.connection,
    `SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')`,
  );
  return [
    ['CPUs', `${availableParallelism()} (${cpus()[0]?.model.trim() ?? 'unknown'})`],
    ['memory', `${sizeText(totalmem())}, ${sizeText(freemem())} free`],
    ['DuckDB threads', String(threads)],
    ['DuckDB memory_limit', String(memoryLimit)],
    ['DuckDB temp_directory', String(temporary)],
  ];
}

/** The backend that `auto` picks, and why. */
export async function backendReport(): Promise<Section> {
  try {
    const { kernels, reason } = await selectKernels('auto');
    const { name } = kernels;
    await kernels.close();
    return [
      ['auto', name],
      ['why', reason],
    ];
  } catch (error) {
    return [['auto', `none: ${errorText(error)}`]];
  }
}

/** The WebGPU adapters that Dawn finds, with the limits of one dispatch. */
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
