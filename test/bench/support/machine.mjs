import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

const require = createRequire(import.meta.url);
const versionOf = (name) => require(`${name}/package.json`).version;

/** One line on the machine and what runs on it. */
export function describeMachine() {
  const load = loadavg()[0].toFixed(1);
  return [
    `${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}, load average ${load} at the start`,
    `Node ${process.versions.node}`,
    `ONNX Runtime ${versionOf('onnxruntime-node')}`,
    `DuckDB (node-api) ${versionOf('@duckdb/node-api')}`,
    `Dawn (webgpu) ${versionOf('webgpu')}`,
  ].join('; ');
}
