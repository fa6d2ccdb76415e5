import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../generate.mjs';
import { alternate, medianTime } from '../support/measure.mjs';
import { short, times } from '../support/table.mjs';
import { dedup } from './endToEnd.mjs';

const SMALLEST = 50_000;
const DOUBLINGS = 3;

/**
 * How the time grows when the rows double, and the clusters with them.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* growth({ dim, eps, quick, runs, scratch }) {
  const smallest = quick ? SMALLEST / 10 : SMALLEST;
  const sizes = Array.from({ length: DOUBLINGS + 1 }, (_, i) => smallest * 2 ** i);
  const folder = join(scratch, 'growth');
  const contenders = {};
  for (const rows of sizes) {
    const data = join(folder, String(rows));
    await generate(data, { rows, dim });
    contenders[`rows ${rows}`] = () =>
      dedup(scratch, data, join(folder, 'output'), ['--clusters', String(rows / 1000), '--eps', String(eps)]);
  }
  const measured = await alternate(runs, contenders);
  rmSync(folder, { recursive: true });
  let before;
  for (const rows of sizes) {
    const time = medianTime(measured[`rows ${rows}`]);
    yield {
      what: `growth, ${rows.toLocaleString('en-US')} rows`,
      ours: times(time),
      peer: before ? times(before) : '',
      ratio: before
        ? `${short(time.seconds / before.seconds)} × (CPU ${short(time.cpuSeconds / before.cpuSeconds)} ×) the time`
        : '',
      ran: `nearduck dedup --backend cpu, k = ${rows / 1000}; median of ${runs} in turn; peer: half the rows and clusters (fit and assign then cost four times as much, the rest twice)`,
    };
    before = time;
  }
}
