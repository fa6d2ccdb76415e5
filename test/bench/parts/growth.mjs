import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../generate.mjs';
import { alternate, medianOf, medianTime } from '../support/measure.mjs';
import { mebibytes, short, times } from '../support/table.mjs';
import { dedup } from './endToEnd.mjs';

const USUAL = { sizes: [50_000, 100_000, 200_000, 400_000] };
/** With so many clusters `algorithm := 'auto'` is hierarchical. */
const LARGE = { sizes: [500_000, 1_000_000, 2_000_000], dim: 96 };
const HUGE = { sizes: [1_000_000, 10_000_000], dim: 32, options: ['--memory-limit', '6GiB'] };

/** Seconds of some steps of a run. */
const secondsOf =
  (...names) =>
  ({ steps }) =>
    names.reduce((sum, name) => sum + (steps[name] ?? 0), 0);
const clustering = secondsOf('k-means', 'assign');
const reading = secondsOf('load', 'read rows');

/** From 50,000 to 400,000 rows. @param {import('../main.mjs').Bench} bench */
export const growth = (bench) => grown(bench, USUAL);

/** From 500,000 to 2,000,000 rows of 96 elements. @param {import('../main.mjs').Bench} bench */
export const largeGrowth = (bench) => grown(bench, LARGE);

/** From 1,000,000 to 10,000,000 rows of 32 elements, in 6 GiB. @param {import('../main.mjs').Bench} bench */
export const hugeGrowth = (bench) => grown({ ...bench, runs: 1 }, HUGE);

/**
 * How the time grows with the rows, and the clusters with them.
 * @param {import('../main.mjs').Bench} bench
 * @param {{ sizes: readonly number[], dim?: number, options?: readonly string[] }} what
 * @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
async function* grown({ eps, quick, runs, scratch, ...bench }, { sizes, dim = bench.dim, options = [] }) {
  const data = join(scratch, 'growth');
  let before;
  for (const size of sizes) {
    const rows = quick ? size / 10 : size;
    await generate(data, { rows, dim });
    const k = rows / 1000;
    const all = ['--clusters', String(k), '--eps', String(eps), ...options];
    // One size after another, each warmed up: on a virtual machine memory that lay free for a while is slow to come by, and
    // the largest size would pay for it alone.
    const { ours } = await alternate(
      runs,
      { ours: () => dedup(scratch, data, join(scratch, 'grown'), all) },
      { warmUp: runs > 1 },
    );
    rmSync(data, { recursive: true });
    const time = medianTime(ours);
    const peak = mebibytes(medianOf(ours, (run) => run.peakBytes));
    yield {
      what: `growth, ${rows.toLocaleString('en-US')} rows × ${dim}`,
      ours: `${times(time)}, k-means and assign ${short(medianOf(ours, clustering))} s, reading ${short(medianOf(ours, reading))} s, peak ${peak}`,
      peer: before ? times(before.time) : '',
      ratio: before ? ratioOf(time, before.time, rows / before.rows) : '',
      ran: `nearduck dedup --backend cpu, k = ${k}; median of ${runs}${runs > 1 ? ' after a warm-up' : ''}; peer: the line before, with fewer rows and clusters in proportion`,
    };
    before = { time, rows };
  }
}

const ratioOf = (time, before, growth) =>
  `${short(time.seconds / before.seconds)} × (CPU ${short(time.cpuSeconds / before.cpuSeconds)} ×) the time for ${growth} × the rows`;
