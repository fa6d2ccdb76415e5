import type { Work } from '../../kernels.ts';

/** The state that the lanes of one call share with the thread that waits for them. */
export type CallState = BigInt64Array;

const STOPPED = 0;
const DONE = 1;
const NEXT = 2;
const FOUND = 3;
const WORDS = 4;
/** Milliseconds between two progress reports. */
const PROGRESS_INTERVAL_MS = 100;

/**
 * Checks whether the call must end early. Lanes check often enough to end within a fraction of a second.
 * @throws Error when it must.
 */
export function checkCall(call: CallState): void {
  if (Atomics.load(call, STOPPED) !== 0n) throw new Error('the call was stopped');
}

/** Adds to the number of compared pairs of rows. */
export function addDone(call: CallState, pairs: number): void {
  Atomics.add(call, DONE, BigInt(pairs));
}

/** Adds to the number of pairs that reach the score, and returns the total. */
export const addFound = (call: CallState, pairs: number): number =>
  Number(Atomics.add(call, FOUND, BigInt(pairs))) + pairs;

/** Returns the next number 0, 1, … Each number goes to one lane. */
export const takeNext = (call: CallState): number => Number(Atomics.add(call, NEXT, 1n));

/**
 * Runs `start` and waits for all lanes. Returns the number of pairs that they counted as found. When one lane
 * fails or the signal is aborted, the others end early and are awaited too.
 * @throws the signal's reason, or the error of the first lane that failed.
 */
export async function awaitLanes(
  { signal, progress }: Work,
  total: number,
  start: (call: CallState) => readonly Promise<void>[],
): Promise<number> {
  signal.throwIfAborted();
  const call: CallState = new BigInt64Array(new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT));
  const failures: unknown[] = [];
  const stop = (): void => void Atomics.store(call, STOPPED, 1n);
  const fail = (error: unknown): void => {
    failures.push(error);
    stop();
  };
  const report = (): void => {
    try {
      progress!(Number(Atomics.load(call, DONE)), total);
    } catch (error) {
      fail(error);
    }
  };
  const timer = progress && setInterval(report, PROGRESS_INTERVAL_MS);
  signal.addEventListener('abort', stop);
  try {
    await Promise.all(start(call).map((lane) => lane.catch(fail)));
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(timer);
  }
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return Number(call[FOUND]);
}
