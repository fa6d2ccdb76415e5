import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import duckdb from '@duckdb/node-bindings';
import type { Section } from './section.ts';
import { nearduckVersion } from '../versions.ts';

/** Versions of nearduck and of what it stands on. */
export async function versionReport(): Promise<Section> {
  return [
    ['nearduck', await nearduckVersion()],
    ['Node.js', `${process.version} (${process.platform} ${process.arch})`],
    ['DuckDB', duckdb.library_version()],
    ['onnxruntime-node', await packageVersion('onnxruntime-node')],
    ['webgpu (Dawn)', await packageVersion('webgpu')],
  ];
}

/** Reads the version without loading the package: a native module that cannot load must not stop the report. */
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
