import { nearestCentroids } from '../../../dist/algorithms/centroids.js';
import { everything } from '../../../dist/kernels/pairs.js';
import { viewOf, viewRows } from '../../../dist/rows/rowView.js';
import { bareGemm } from '../support/bareGemm.mjs';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, short } from '../support/table.mjs';
import { unitRows } from '../support/unitRows.mjs';
import { BEST, WORK } from '../support/work.mjs';

const DIM = 768;
const K = 1000;
const ROWS = 32_768;
const QUICK_ROWS = 8192;
const GEMM_ROWS = 2048;

/**
 * Nearest centroids: exact, as the last pass takes them, and as one iteration of the fit does with its sums.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* assign({ backends, runs, quick }) {
  const count = quick ? QUICK_ROWS : ROWS;
  const rows = unitRows(count, DIM, 2 * K, 1);
  // The rows of a list are those of a fit: kernels keep them at hand.
  const list = Int32Array.from({ length: count }, (_, row) => row);
  const view = viewRows(viewOf(rows, DIM).store, list);
  const centroids = nearestCentroids(unitRows(K, DIM, 2 * K, 2), DIM);
  const contenders = { gemm: await gemmPass(rows, centroids) };
  for (const { name, kernels } of backends) {
    if (!kernels) continue;
    contenders[`assign, ${name}`] = () =>
      timed(() => kernels.search(view, centroids, everything(count, K), BEST, WORK));
    contenders[`fit iteration, ${name}`] = () => {
      const sums = new Float64Array(K * DIM);
      const state = { label: new Int32Array(count), sums, counts: new Float64Array(K) };
      return timed(() => kernels.lloydStep(view, centroids, state, WORK));
    };
  }
  const { gemm, ...measured } = await alternate(runs, contenders, { warmUp: true });

  const work = 2 * count * K * DIM * 1e-9;
  const peer = medianTime(gemm);
  for (const [what, of] of Object.entries(measured)) {
    const ours = medianTime(of);
    yield {
      what,
      ours: rate(work, ours, 'GFLOP/s'),
      peer: rate(work, peer, 'GFLOP/s'),
      ratio: `${short(peer.seconds / ours.seconds)} × (CPU ${short(peer.cpuSeconds / ours.cpuSeconds)} ×)`,
      ran: `${count.toLocaleString('en-US')} rows × ${DIM}, k = ${K}; peer: bare ONNX Runtime float32 Gemm; median of ${runs}`,
    };
  }
  for (const { name, reason } of backends)
    if (reason) yield { what: `assign, ${name}`, ran: `skipped: ${reason}` };
}

async function gemmPass(rows, centroids) {
  const gemm = await bareGemm();
  const products = new Float32Array(GEMM_ROWS * K);
  return () =>
    timed(async () => {
      for (let at = 0; at < rows.length; at += GEMM_ROWS * DIM) {
        await gemm(rows.subarray(at, at + GEMM_ROWS * DIM), centroids.values, products, DIM);
      }
    });
}
