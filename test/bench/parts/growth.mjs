import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../generate.mjs';
import { alternate, medianOf, medianTime } from '../support/measure.mjs';
import { short, times } from '../support/table.mjs';
import { dedup } from './endToEnd.mjs';

const USUAL = { smallest: 50_000, doublings: 3 };
/** With so many clusters `algorithm := 'auto'` is hierarchical. */
const LARGE = { smallest: 500_000, doublings: 2, dim: 96 };

/** Seconds of some steps of a run. */
const secondsOf =
  (...names) =>
  ({ steps }) =>
    names.reduce((sum, name) => sum + (steps[name] ?? 0), 0);
const clustering = secondsOf('k-means', 'assign');
const reading = secondsOf('load', 'read rows');

/** From 50,000 to 400,000 rows. @param {import('../main.mjs').Bench} bench */
export const growth = (bench) => doubled(bench, USUAL);

/** From 500,000 to 2,000,000 rows of 96 elements. @param {import('../main.mjs').Bench} bench */
export const largeGrowth = (bench) => doubled(bench, LARGE);

/**
 * How the time grows when the rows double, and the clusters with them.
 * @param {import('../main.mjs').Bench} bench
 * @param {{ smallest: number, doublings: number, dim?: number }} sizes
 * @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
async function* doubled({ eps, quick, runs, scratch, ...bench }, sizes) {
  const { doublings, dim = bench.dim } = sizes;
  const smallest = quick ? sizes.smallest / 10 : sizes.smallest;
  const data = join(scratch, 'growth');
  let before;
  for (let rows = smallest; rows <= smallest * 2 ** doublings; rows *= 2) {
    await generate(data, { rows, dim });
    const k = rows / 1000;
    const options = ['--clusters', String(k), '--eps', String(eps)];
    // One size after another, each warmed up: on a virtual machine memory that lay free for a while is slow to come by, and
    // the largest size would pay for it alone.
    const { ours } = await alternate(
      runs,
      { ours: () => dedup(scratch, data, join(scratch, 'grown'), options) },
      { warmUp: true },
    );
    rmSync(data, { recursive: true });
    const time = medianTime(ours);
    yield {
      what: `growth, ${rows.toLocaleString('en-US')} rows × ${dim}`,
      ours: `${times(time)}, k-means and assign ${short(medianOf(ours, clustering))} s, reading ${short(medianOf(ours, reading))} s`,
      peer: before ? times(before) : '',
      ratio: before
        ? `${short(time.seconds / before.seconds)} × (CPU ${short(time.cpuSeconds / before.cpuSeconds)} ×) the time`
        : '',
      ran: `nearduck dedup --backend cpu, k = ${k}; median of ${runs} after a warm-up; peer: half the rows and clusters (flat, fit and assign then cost four times as much, the rest twice)`,
    };
    before = time;
  }
}
