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
  const data = join(scratch, 'growth');
  let before;
  for (let rows = smallest; rows <= smallest * 2 ** DOUBLINGS; rows *= 2) {
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
      what: `growth, ${rows.toLocaleString('en-US')} rows`,
      ours: times(time),
      peer: before ? times(before) : '',
      ratio: before
        ? `${short(time.seconds / before.seconds)} × (CPU ${short(time.cpuSeconds / before.cpuSeconds)} ×) the time`
        : '',
      ran: `nearduck dedup --backend cpu, k = ${k}; median of ${runs} after a warm-up; peer: half the rows and clusters (fit and assign then cost four times as much, the rest twice)`,
    };
    before = time;
  }
}
