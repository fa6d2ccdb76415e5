import { setTimeout as sleep } from 'node:timers/promises';

/** Thread pools of the contender before may go on spinning for a while: this long they are let be. */
const PAUSE_MS = 250;

/** @typedef {{ seconds: number, cpuSeconds: number }} Timed wall time, and user and system time of all threads */

/** @template T @param {() => Promise<T>} body @returns {Promise<Timed & { value: T }>} */
export async function timed(body) {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const value = await body();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - wall) / 1000, cpuSeconds: (user + system) / 1e6, value };
}

/**
 * Runs each contender in turn, `runs` times over, so that whatever else the machine does hits all of them alike.
 * @template T
 * @param {number} runs
 * @param {Record<string, () => Promise<T>>} contenders
 * @param {{ warmUp?: boolean }} [options] `warmUp`: one more round first that does not count
 * @returns {Promise<Record<string, T[]>>}
 */
export async function alternate(runs, contenders, { warmUp = false } = {}) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let run = warmUp ? -1 : 0; run < runs; run++) {
    for (const [name, contender] of Object.entries(contenders)) {
      await sleep(PAUSE_MS);
      const result = await contender();
      if (run >= 0) results[name].push(result);
    }
  }
  return results;
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median of one number of each run. @template T @param {readonly T[]} runs @param {(run: T) => number} of */
export const medianOf = (runs, of) => median(runs.map(of));

/** Median wall and processor seconds. @param {readonly Timed[]} runs @returns {Timed} */
export const medianTime = (runs) => ({
  seconds: medianOf(runs, ({ seconds }) => seconds),
  cpuSeconds: medianOf(runs, ({ cpuSeconds }) => cpuSeconds),
});
