import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../generate.mjs';
import { short, times } from '../support/table.mjs';
import { dedup } from './endToEnd.mjs';

const SMALLEST = 50_000;
const DOUBLINGS = 3;

/**
 * How the time grows when the rows double, and the clusters with them.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* growth({ dim, eps, quick, scratch }) {
  const smallest = quick ? SMALLEST / 10 : SMALLEST;
  let before;
  for (let rows = smallest; rows <= smallest * 2 ** DOUBLINGS; rows *= 2) {
    const data = join(scratch, 'growth');
    await generate(data, { rows, dim });
    const k = rows / 1000;
    const run = await dedup(scratch, data, join(scratch, 'grown'), [
      '--clusters',
      String(k),
      '--eps',
      String(eps),
    ]);
    rmSync(data, { recursive: true });
    yield {
      what: `growth, ${rows.toLocaleString('en-US')} rows`,
      ours: times(run),
      peer: before ? times(before) : '',
      ratio: before
        ? `${short(run.seconds / before.seconds)} × (CPU ${short(run.cpuSeconds / before.cpuSeconds)} ×) the time`
        : '',
      ran: `nearduck dedup --backend cpu, k = ${k}; peer: half the rows and clusters (fit and assign then cost four times as much, the rest twice)`,
    };
    before = run;
  }
}
