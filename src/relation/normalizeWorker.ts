import { parentPort, workerData } from 'node:worker_threads';
import { Normalizer } from './normalizer.ts';
import type { NormalizeMessage, NormalizeState } from './normalizeThreads.ts';

// Normalises rows on a separate thread. The main thread reads its progress from shared memory.

const { done, failed } = workerData as NormalizeState;
const normalizer = new Normalizer();

parentPort!.on('message', (message: NormalizeMessage) => {
  if (message === 'end') {
    parentPort!.postMessage('ended');
    parentPort!.close();
    return;
  }
  try {
    normalizer.run(message.rows, message.into);
  } catch {
    Atomics.store(failed, 0, 1);
  }
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
});
