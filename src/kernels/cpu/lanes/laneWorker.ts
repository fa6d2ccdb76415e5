import { parentPort, workerData } from 'node:worker_threads';
import { NearduckError } from '../../../errors.ts';
import { Lane } from './lane.ts';
import { READY, type LaneAnswer, type LaneRequest } from './workerLane.ts';

// A lane on a worker thread. Requests are answered in order of arrival.

const { int8 } = workerData as { int8: boolean };
const lane = new Lane(int8);
let last = Promise.resolve();

parentPort!.on('message', (request: LaneRequest) => {
  last = last.then(() => answer(request));
});
parentPort!.postMessage(READY);

async function answer({ id, method, args }: LaneRequest): Promise<void> {
  const call = lane[method] as (...args: readonly unknown[]) => Promise<unknown>;
  try {
    post({ id, result: await call.call(lane, ...args) });
  } catch (error) {
    post({ id, error: { message: (error as Error).message, ...classOf(error) } });
  }
  if (method === 'close') parentPort!.close();
}

function post(message: LaneAnswer): void {
  parentPort!.postMessage(message);
}

function classOf(error: unknown): Pick<NearduckError, 'errorClass' | 'detail'> | undefined {
  return error instanceof NearduckError ? { errorClass: error.errorClass, detail: error.detail } : undefined;
}
