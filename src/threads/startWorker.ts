import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/**
 * Starts a worker thread from one of the package's `imports`. It always runs the compiled file, because
 * workers do not load TypeScript. Options that this process was started with are not passed to the worker.
 */
export function startWorker(name: '#laneWorker' | '#normalizeWorker', workerData: unknown): Worker {
  return new Worker(createRequire(import.meta.url).resolve(name), { workerData, execArgv: [] });
}
