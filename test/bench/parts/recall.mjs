import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../support/child.mjs';
import { alternate, medianTime } from '../support/measure.mjs';
import { duplicatesIn, shareFound } from '../support/parquetQueries.mjs';
import { findModules } from '../support/python.mjs';
import { short, speedup, times } from '../support/table.mjs';
import { wordVectors } from '../support/wordVectors.mjs';
import { dedup } from './endToEnd.mjs';

const ROWS = 100_000;
const QUICK_ROWS = 20_000;
const WIDE = [0.1, 0.2];
/** The eps at which the peer runs. */
const EPS = 0.1;

/**
 * Which share of brute force's duplicates a run finds on word vectors, and at what cost: with `--recall 0.99`, in clusters that
 * do not overlap, and with SemHash.
 * @param {import('../main.mjs').Bench} bench
 * @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* recall({ runs, quick, scratch }) {
  const rows = quick ? QUICK_ROWS : ROWS;
  const data = await wordVectors(join(scratch, 'words'), rows);
  if (data instanceof Error) {
    yield { what: 'recall', ran: `skipped: ${data.message}` };
    return;
  }
  const size = `${rows.toLocaleString('en-US')} word vectors × 100`;
  const outputOf = (name) => join(scratch, `recall-${name}`);
  const ours = (name, ...options) => dedup(scratch, data, outputOf(name), ['--rank-by', 'id', ...options]);
  const brute = await ours('brute', '--clusters', '1', '--eps', '0.1');
  const all = join(outputOf('brute'), 'pairwise_results');

  for (const eps of WIDE) {
    const options = ['--eps', String(eps)];
    const k = String(Math.round(rows / 1000));
    const measured = await alternate(runs, {
      aimed: () => ours('aimed', ...options, '--recall', '0.99'),
      cut: () => ours('cut', ...options, '--clusters', k),
    });
    const [aimed, cut] = [medianTime(measured.aimed), medianTime(measured.cut)];
    const total = await duplicatesIn(all, eps);
    const found = await duplicatesIn(join(outputOf('aimed'), 'pairwise_results'), eps);
    const lost = total - (await duplicatesIn(join(outputOf('cut'), 'pairwise_results'), eps));
    yield {
      what: `recall 0.99, eps ${eps}, against brute force`,
      ours: `${found} of ${total} duplicates (${(found / total).toFixed(4)}), ${times(aimed)}`,
      peer: `all, ${times(brute)}`,
      ratio: speedup(brute, aimed),
      ran: `${size}, --rank-by id; median of ${runs}; peer: --clusters 1, one run; the run said: ${estimateOf(measured.aimed[0])}`,
    };
    yield {
      what: `recall 0.99, eps ${eps}, against clusters that do not overlap`,
      ours: times(aimed),
      peer: `${total - lost} of ${total} duplicates (${(1 - lost / total).toFixed(4)}), ${times(cut)}`,
      ratio: `${short(aimed.seconds / cut.seconds)} × (CPU ${short(aimed.cpuSeconds / cut.cpuSeconds)} ×) the time`,
      ran: `the same runs; peer: --clusters ${k}, in turn`,
    };
  }
  yield await againstSemHash({ data, size, runs, scratch, all, ours });
}

async function againstSemHash({ data, size, runs, scratch, all, ours }) {
  const what = `recall, eps ${EPS}, against SemHash`;
  const python = await findModules(['semhash', 'pyarrow.parquet'], 'semhash and pyarrow');
  if (!python.command) return { what, ran: `skipped: ${python.reason}` };
  const dropped = join(scratch, 'semhash.parquet');
  const script = fileURLToPath(new URL('../peer_semhash.py', import.meta.url));
  const semhash = async () => {
    const start = performance.now();
    const answer = JSON.parse(await run(python.command, [script, data, String(1 - EPS), dropped]));
    return { ...answer, seconds: (performance.now() - start) / 1000 };
  };
  const measured = await alternate(Math.min(runs, 1), {
    ours: () => ours('aimed', '--eps', String(EPS), '--recall', '0.99'),
    semhash,
  });
  const [own, peer] = [medianTime(measured.ours), medianTime(measured.semhash)];
  const share = await shareFound(all, EPS, dropped);
  const found = await duplicatesIn(join(scratch, 'recall-aimed', 'pairwise_results'), EPS);
  return {
    what,
    ours: `${short(found / share.total)} of brute force’s duplicates, ${times(own)}`,
    peer: `${short(share.found / share.total)}, ${times(peer)}`,
    ratio: speedup(peer, own),
    ran: `${size}, whole processes, one run each; peer: SemHash ${measured.semhash[0].version} (usearch), records in the order of ids`,
  };
}

const estimateOf = ({ stdout }) => /^recall +(.*)$/m.exec(stdout)?.[1] ?? 'nothing';
