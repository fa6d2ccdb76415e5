import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, runCli } from '../support/child.mjs';
import { alternate, medianOf, medianTime } from '../support/measure.mjs';
import { jaccard, sumOfSquares } from '../support/parquetQueries.mjs';
import { mebibytes, rate, short, speedup, times } from '../support/table.mjs';

/** Steps of `nearduck dedup` beside those of the peer. */
const STEPS = [
  { name: 'read and normalise', ours: ['load', 'read rows'], peer: ['read'] },
  { name: 'fit', ours: ['k-means'], peer: ['fit'] },
  { name: 'assign', ours: ['assign'], peer: ['assign'] },
  { name: 'rank and compare', ours: ['pairwise'], peer: ['pairwise'] },
  { name: 'write', ours: ['write', 'identify'], peer: ['write'] },
];

/** 329.8 M rows in 458 s on eight H100: NVIDIA's own figure for NeMo Curator's semantic deduplication. */
const NEMO_ROWS_PER_SECOND_PER_GPU = 329.8e6 / 458 / 8;

/**
 * `nearduck dedup` on the CPU against FAISS and NumPy, on the same files, in turn; then on the GPU, if there is one.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* endToEnd(bench) {
  yield* onCpu(bench);
  yield* onGpu(bench);
}

/** The rate a GPU, beside the one published for NeMo Curator: another data set, other GPUs, so a ratio to be read with care. */
async function* onGpu({ data, rows, dim, runs, eps, backends, scratch }) {
  const { name, reason } = backends.find(({ name }) => name.startsWith('webgpu'));
  if (reason) {
    yield { what: 'end to end, webgpu', ran: `skipped: ${reason}` };
    return;
  }
  const k = Math.max(1, Math.round(rows / 1000));
  const options = ['--clusters', String(k), '--eps', String(eps)];
  const ours = () => dedup(scratch, data, join(scratch, 'dedup-gpu'), options, 'webgpu');
  const measured = (await alternate(runs, { ours })).ours;
  const time = medianTime(measured);
  yield {
    what: `end to end, ${name}`,
    ours: `${times(time)}, ${rate(rows, time, 'rows/s')}`,
    peer: `${short(NEMO_ROWS_PER_SECOND_PER_GPU)} rows/s per GPU`,
    ratio: `${short(rows / time.seconds / NEMO_ROWS_PER_SECOND_PER_GPU)} ×`,
    ran: `${rows.toLocaleString('en-US')} rows × ${dim}, k = ${k}; median of ${runs} whole processes, start and files included; peer: NeMo Curator as published, 329.8 M rows on 8 H100`,
  };
  yield* stepLines(measured, undefined);
}

async function* onCpu({ data, rows, dim, runs, eps, python, scratch }) {
  const k = Math.max(1, Math.round(rows / 1000));
  const output = join(scratch, 'dedup');
  const duplicates = join(scratch, 'peer.parquet');
  const ran = `${rows.toLocaleString('en-US')} rows × ${dim}, k = ${k}, eps ${eps}; median of ${runs} runs in turn`;
  const ours = () => dedup(scratch, data, output, ['--clusters', String(k), '--eps', String(eps)]);
  const peer = (more = []) =>
    runPeer(python.command, data, ['--clusters', k, '--eps', eps, '--output', duplicates, ...more]);

  if (!python.command) {
    const runsOfOurs = (await alternate(runs, { ours })).ours;
    yield {
      what: 'end to end, cpu',
      ours: times(medianTime(runsOfOurs)),
      ran: `${ran}; no peer: ${python.reason}`,
    };
    yield* stepLines(runsOfOurs, undefined);
    return;
  }
  const timed = await alternate(runs, { ours, peer });
  const [a, b] = [medianTime(timed.ours), medianTime(timed.peer)];
  const { versions } = timed.peer[0];
  yield {
    what: 'end to end, cpu',
    ours: times(a),
    peer: times(b),
    ratio: speedup(b, a),
    ran: `${ran}; nearduck dedup --backend cpu against ${versions} (25 iterations), whole processes`,
  };
  yield* stepLines(timed.ours, timed.peer);

  const [m, n] = [medianOf(timed.ours, (r) => r.peakBytes), medianOf(timed.peer, (r) => r.peakBytes)];
  yield {
    what: 'peak memory',
    ours: mebibytes(m),
    peer: mebibytes(n),
    ratio: `${short(n / m)} ×`,
    ran: `the same runs; the rows are ${mebibytes(rows * dim * 4)}`,
  };

  const inertia = await sumOfSquares(join(output, 'kmeans_results'));
  const theirs = timed.peer[0].inertia;
  yield {
    what: 'inertia',
    ours: short(inertia),
    peer: short(theirs),
    ratio: `ours ÷ peer = ${(inertia / theirs).toFixed(4)}`,
    ran: 'sum of squared distances of all rows to their centroids; at most 1.01',
  };
  const files = join(output, 'duplicates');
  const own = await jaccard(files, duplicates);
  yield {
    what: 'duplicates, each with its own clusters',
    ours: String(own.left),
    peer: String(own.right),
    ratio: `Jaccard ${own.jaccard.toFixed(4)}`,
    ran: 'which of a pair is kept depends on the centroids, so these differ',
  };
  await peer(['--kmeans-results', join(output, 'kmeans_results')]);
  const same = await jaccard(files, duplicates);
  yield {
    what: 'duplicates, on our clusters',
    ours: String(same.left),
    peer: String(same.right),
    ratio: `Jaccard ${same.jaccard.toFixed(4)}`,
    ran: 'NumPy on the kmeans_results that nearduck wrote: the same rows but for rounding at eps',
  };
}

function* stepLines(ours, peer) {
  for (const step of STEPS) {
    const total = (names) => (run) => names.reduce((sum, name) => sum + (run.steps[name] ?? 0), 0);
    const a = medianOf(ours, total(step.ours));
    const b = peer && medianOf(peer, total(step.peer));
    yield {
      what: `· ${step.name}`,
      ours: `${short(a)} s`,
      peer: b === undefined ? '' : `${short(b)} s`,
      ratio: b === undefined || a === 0 ? '' : `${short(b / a)} ×`,
      ran: 'a step of the same runs; ours to 0.1 s',
    };
  }
}

/** @returns {Promise<import('../support/child.mjs').CliRun & { steps: Record<string, number> }>} */
export async function dedup(scratch, data, output, options, backend = 'cpu') {
  const args = ['dedup', data, '--output', output, '--overwrite', '--backend', backend, ...options];
  const result = await runCli(scratch, args);
  const line = /^seconds +[\d.]+: (.*(?:\n +.*)*)$/m.exec(result.stdout)?.[1] ?? '';
  const steps = Object.fromEntries(
    [...line.matchAll(/([\w- ]+?) ([\d.]+) s/g)].map(([, name, s]) => [name.trim(), Number(s)]),
  );
  return { ...result, steps };
}

/** Runs `peer_faiss.py`. @param {string} python @param {string} data @param {readonly (string | number)[]} options */
export async function runPeer(python, data, options) {
  const script = fileURLToPath(new URL('../peer_faiss.py', import.meta.url));
  const start = performance.now();
  const result = JSON.parse(await run(python, [script, data, ...options.map(String)]));
  return { ...result, steps: result.seconds, seconds: (performance.now() - start) / 1000 };
}
