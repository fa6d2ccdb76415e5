import { join } from 'node:path';
import { alternate, medianOf, medianTime } from '../support/measure.mjs';
import { jaccard } from '../support/parquetQueries.mjs';
import { mebibytes, short, speedup, times } from '../support/table.mjs';
import { dedup } from './endToEnd.mjs';

/**
 * The same work within a memory limit and without one.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* boundedMemory({ data, rows, dim, runs, eps, scratch, memoryLimit }) {
  const output = (name) => join(scratch, name);
  const measured = await alternate(runs, {
    limited: () =>
      dedup(scratch, data, output('limited'), ['--eps', String(eps), '--memory-limit', memoryLimit]),
    unlimited: () => dedup(scratch, data, output('unlimited'), ['--eps', String(eps)]),
  });
  const ran = `${rows.toLocaleString('en-US')} rows × ${dim} (${mebibytes(rows * dim * 4)}); ours: --memory-limit ${memoryLimit}, peer: the default; median of ${runs}`;
  const [a, b] = [medianTime(measured.limited), medianTime(measured.unlimited)];
  yield { what: 'bounded memory, time', ours: times(a), peer: times(b), ratio: speedup(b, a), ran };
  const [m, n] = [
    medianOf(measured.limited, (r) => r.peakBytes),
    medianOf(measured.unlimited, (r) => r.peakBytes),
  ];
  const same = await jaccard(output('limited/duplicates'), output('unlimited/duplicates'));
  yield {
    what: 'bounded memory, peak',
    ours: mebibytes(m),
    peer: mebibytes(n),
    ratio: `${short(n / m)} ×`,
    ran: `${ran}; the same duplicates: Jaccard ${same.jaccard.toFixed(4)}`,
  };
}
