import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, medianTime } from '../support/measure.mjs';
import { short, times } from '../support/table.mjs';
import { dedup } from './endToEnd.mjs';

/**
 * What keeping finished steps costs a run that nobody stops.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* resume({ data, rows, dim, runs, eps, scratch }) {
  const output = join(scratch, 'resume');
  const ran = async (more) => {
    rmSync(output, { recursive: true, force: true });
    return dedup(scratch, data, output, ['--eps', String(eps), ...more]);
  };
  const measured = await alternate(
    runs,
    { plain: () => ran([]), resumable: () => ran(['--resume']) },
    { warmUp: true },
  );
  const [plain, resumable] = [medianTime(measured.plain), medianTime(measured.resumable)];
  yield {
    what: '--resume (ours) and without it (peer), CPU time',
    ours: times(resumable),
    peer: times(plain),
    ratio: `${short((resumable.cpuSeconds / plain.cpuSeconds - 1) * 100)} % more`,
    ran: `${rows.toLocaleString('en-US')} rows × ${dim}, eps ${eps}; medians of ${runs}, in turn`,
  };
}
