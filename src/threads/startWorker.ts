import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/**
 * Starts a worker thread on one of the package's `imports`. It is the compiled file, also when this one runs as it is
 * written: workers load no TypeScript. Options that this process was started with are not the worker's.
 */
export function startWorker(name: '#laneWorker' | '#normalizeWorker', workerData: unknown): Worker {
  return new Worker(createRequire(import.meta.url).resolve(name), { workerData, execArgv: [] });
}
