import { join } from 'node:path';
import { runCli } from '../support/child.mjs';
import { alternate, medianTime } from '../support/measure.mjs';
import { speedup, times } from '../support/table.mjs';

const NEW_ROWS = 10_000;

/**
 * New rows against earlier ones, beside one run over both.
 * @param {import('../main.mjs').Bench} bench
 * @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* against({ data, rows, dim, runs, eps, scratch }) {
  const [files, older, newer] = [
    join(data, '*.parquet'),
    join(scratch, 'old.parquet'),
    join(scratch, 'new.parquet'),
  ];
  const copy = (rest, path) => `COPY (FROM '${files}' ORDER BY hash(id) ${rest} ${NEW_ROWS}) TO '${path}';`;
  await runCli(scratch, ['-c', copy('OFFSET', older) + copy('LIMIT', newer)]);
  const common = [
    '--eps',
    String(eps),
    '--backend',
    'cpu',
    '--output',
    join(scratch, 'against'),
    '--overwrite',
  ];
  for (const [name, options] of [
    ['exact', ['--clusters', '1']],
    ['by default', []],
  ]) {
    const { ours, peer } = await alternate(runs, {
      ours: () => runCli(scratch, ['dedup', newer, '--against', older, ...common, ...options]),
      peer: () => runCli(scratch, ['dedup', data, ...common, ...options]),
    });
    const [time, whole] = [medianTime(ours), medianTime(peer)];
    yield {
      what: `new rows against earlier ones, ${name}`,
      ours: times(time),
      peer: times(whole),
      ratio: speedup(whole, time),
      ran: `${NEW_ROWS.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows × ${dim} are new, eps ${eps}; median of ${runs} whole processes; peer: one run over all rows`,
    };
  }
}
