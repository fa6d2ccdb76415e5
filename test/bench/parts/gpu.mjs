import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { nearestCentroids } from '../../../dist/algorithms/centroids.js';
import { earlierInRange, everything } from '../../../dist/kernels/pairs.js';
import { RowStore } from '../../../dist/rows/rowStore.js';
import { Conversation, run } from '../support/child.mjs';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { openSearch } from '../support/gpuSearch.mjs';
import { findModules } from '../support/python.mjs';
import { short } from '../support/table.mjs';
import { repeated, unitRows } from '../support/unitRows.mjs';
import { BEST, WORK } from '../support/work.mjs';

const DIM = 768;
const K = 1000;
const CLUSTER_ROWS = 1000;
const ROWS = 1_000_000;
const QUICK_ROWS = 100_000;
/** Different rows; each repetition begins with another element. */
const BASE_ROWS = 8192;
/** Float32 multiply-adds a processor of an NVIDIA GPU since Ampere does a clock. */
const LANES = 128;

/**
 * The kernels on a GPU at the size they are meant for, without and with results on the host, against PyTorch on the card.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* gpu({ backends, runs, quick }) {
  const { name, kernels, reason } = backends.find((backend) => backend.name.startsWith('webgpu'));
  if (!kernels) {
    yield { what: `searches, ${name}`, ran: `skipped: ${reason}` };
    return;
  }

  const rows = quick ? QUICK_ROWS : ROWS;
  const peer = await openPeer();
  const clusters = rows / CLUSTER_ROWS;
  const tasks = {
    assign: { asked: { rows, k: K }, work: 2 * rows * K * DIM },
    pairwise: { asked: { clusters, rows: CLUSTER_ROWS }, work: rows * (CLUSTER_ROWS - 1) * DIM },
  };
  const contenders = {};
  for (const [what, { asked }] of Object.entries(tasks)) {
    if (!peer.conversation) break;
    for (const precision of ['highest', 'high'])
      contenders[`${what}, ${precision}`] = () =>
        peer.conversation.ask(JSON.stringify({ what, precision, ...asked }));
  }
  const store = storeOf(rows);
  const view = store.view();
  const centroids = nearestCentroids(unitRows(K, DIM, 2 * K, 2), DIM);
  const offsets = Float64Array.from({ length: clusters + 1 }, (_, c) => c * CLUSTER_ROWS);
  const device = await openSearch(view);
  contenders[`assign, ${name}, results left there`] = () => timed(() => device.assign(centroids));
  contenders[`pairwise, ${name}, results left there`] = () => timed(() => device.pairwise(offsets));
  const search = (targets, pairs) => timed(() => kernels.search(view, targets, pairs, BEST, WORK));
  contenders[`assign, ${name}`] = () => search(centroids, everything(rows, K));
  contenders[`pairwise, ${name}`] = () => search(view, earlierInRange(offsets));
  const measured = await alternate(runs, contenders, { warmUp: true });
  store.close();
  await device.close();
  peer.conversation?.end();

  for (const [what, { work }] of Object.entries(tasks)) {
    const rate = (contender) => work / medianTime(measured[`${what}, ${contender}`]).seconds / 1e12;
    const theirs = peer.conversation && rate('highest');
    for (const contender of [`${name}, results left there`, name]) {
      yield {
        what: `${what}, ${contender}, ${rows.toLocaleString('en-US')} rows`,
        ours: `${short(rate(contender))} TFLOP/s`,
        peer: theirs ? `${short(theirs)} TFLOP/s` : '',
        ratio: theirs ? `${short(rate(contender) / theirs)} ×` : '',
        ran:
          described(what, runs, peer) +
          (contender.endsWith('there') ? '' : '; ours with results on the host'),
      };
    }
    if (!theirs) continue;
    const tf32 = `${short(rate('high'))} TFLOP/s with TF32 products, which are not exact`;
    yield { what: `${what}, ${peer.versions}`, peer: tf32, ran: 'the same' };
  }
}

/** A store of so many rows. */
function storeOf(rows) {
  const store = new RowStore(DIM, { memoryLimit: Infinity, directory: tmpdir() });
  const fill = repeated(unitRows(BASE_ROWS, DIM, 2 * K, 1), DIM);
  const values = new Float32Array(BASE_ROWS * DIM);
  for (let start = 0; start < rows; start += BASE_ROWS) {
    const end = Math.min(rows, start + BASE_ROWS);
    fill(values, start, end);
    store.append(values, end - start);
  }
  store.finish();
  return store;
}

function described(what, runs, { versions, peak, reason }) {
  const task = what === 'assign' ? `k = ${K}` : `clusters of ${CLUSTER_ROWS}, triangle counted`;
  const against = reason ?? `peer: ${versions}, float32, results left on the GPU; float32 peak ${peak}`;
  return `× ${DIM}, ${task}; median of ${runs}; ${against}`;
}

/** PyTorch on the GPU, or why not. */
async function openPeer() {
  const python = await findModules(['torch'], 'PyTorch');
  if (!python.command) return { reason: `no peer: ${python.reason}` };
  const script = fileURLToPath(new URL('../peer_torch.py', import.meta.url));
  const conversation = new Conversation(python.command, [script, String(DIM)]);
  const { device, processors, versions } = await conversation.answer();
  const clock = await maxClock();
  const peak = clock
    ? `${short((processors * LANES * 2 * clock) / 1e6)} TFLOP/s (${device}: ${processors} × ${LANES} lanes at ${clock} MHz)`
    : 'unknown';
  return { conversation, versions, peak };
}

/** MHz of the GPU's processors at most, as `nvidia-smi` says; undefined without it. */
async function maxClock() {
  const said = await run('nvidia-smi', ['--query-gpu=clocks.max.sm', '--format=csv,noheader,nounits']).catch(
    () => '',
  );
  return Number(said.trim().split('\n')[0]) || undefined;
}
