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
import { BACKENDS, type BackendChoice } from '../../kernels/backends.ts';

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

/** Queries that return whether the answer is right, and the answer. */
const CHECKS = {
  /** Two pairs of neighbours must form two clusters. */
  kmeans: `
    SELECT c[1] = c[2] AND c[3] = c[4] AND c[1] <> c[3], c::VARCHAR
    FROM (
      SELECT list(centroid ORDER BY id) AS c
      FROM kmeans('
        SELECT * FROM (VALUES (0, [1.0, 0.1]), (1, [1.0, 0.2]), (2, [0.1, 1.0]), (3, [0.2, 1.0])) AS t(id, embedding)
      ', 2)
    )`,
  /** A worked example: the best earlier row of each row, and its score. */
  pairwise: `
    SELECT
      ids = [0, 0, 1, 2, 0, 0]
        AND list_sum(list_transform(list_zip(scores, [0, 0.974631, 0.99819, 0.999618, 1, 1]), lambda s: abs(s[1] - s[2]))) < 1e-5,
      ids::VARCHAR || ' ' || scores::VARCHAR
    FROM (
      SELECT list(max_id ORDER BY id) AS ids, list(cosine_sim_score::DOUBLE ORDER BY id) AS scores
      FROM pairwise('
        SELECT * FROM (VALUES
          (0, [1, 2, 3]), (1, [4, 5, 6]), (2, [7, 8, 9]), (3, [10, 11, 12]), (4, [1, 2, 3]), (5, [1, 2, 3])
        ) AS t(id, embedding)
      ', cluster := NULL, rank_by := 'id')
    )`,
};

/** Runs a tiny clustering and pairwise on each backend. One that cannot run here is not a failure. */
export async function selfTest(): Promise<{ section: Section; passed: boolean }> {
  const section: [string, string][] = [];
  let passed = true;
  for (const backend of BACKENDS.filter((name) => name !== 'auto')) {
    const { verdict, ok } = await testBackend(backend);
    section.push([backend, verdict]);
    passed &&= ok;
  }
  return { section, passed };
}

async function testBackend(backend: BackendChoice): Promise<{ verdict: string; ok: boolean }> {
  try {
    await using session = await Session.open({ backend });
    const wrong: string[] = [];
    for (const [name, check] of Object.entries(CHECKS)) {
      const [isRight, answer] = await firstRow(session.connection, check);
      if (isRight !== true) wrong.push(`${name} answered ${String(answer)}`);
    }
    return wrong.length === 0
      ? { verdict: 'ok', ok: true }
      : { verdict: `WRONG: ${wrong.join('\n')}`, ok: false };
  } catch (error) {
    return { verdict: `not available: ${errorText(error)}`, ok: backend === 'webgpu' };
  }
}
