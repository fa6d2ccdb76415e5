import { nearestCentroids } from '../../../dist/dedup/centroids.js';
import { bareGemm } from '../support/bareGemm.mjs';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, short } from '../support/table.mjs';
import { fillFrom, unitRows } from '../support/unitRows.mjs';

const DIM = 768;
const K = 1000;
const BLOCK = 8192;
const GEMM_ROWS = 2048;

/**
 * Nearest centroids: exact, as the last pass takes them, and as one iteration of the fit does with its sums.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* assign({ backends, runs, quick }) {
  const blocks = quick ? 1 : 4;
  const rows = unitRows(blocks * BLOCK, DIM, 2 * K, 1);
  const centroids = nearestCentroids(unitRows(K, DIM, 2 * K, 2), DIM);
  const contenders = { gemm: await gemmPass(rows, centroids) };
  const resident = [];
  for (const { name, kernels } of backends) {
    if (!kernels) continue;
    const matrices = [];
    for (let b = 0; b < blocks; b++) {
      const fill = fillFrom(rows.subarray(b * BLOCK * DIM, (b + 1) * BLOCK * DIM), DIM);
      matrices.push(await kernels.upload(BLOCK, DIM, fill));
    }
    resident.push(...matrices);
    contenders[`assign, ${name}`] = () =>
      timed(async () => {
        for (const matrix of matrices) await kernels.assign(matrix, centroids);
      });
    contenders[`fit iteration, ${name}`] = () => {
      const totals = { sums: new Float64Array(K * DIM), counts: new Float64Array(K) };
      return timed(() => kernels.lloydStep(matrices, centroids, totals, new Int32Array(blocks * BLOCK)));
    };
  }
  const { gemm, ...measured } = await alternate(runs, contenders, { warmUp: true });
  for (const matrix of resident) matrix.free();

  const work = 2 * blocks * BLOCK * K * DIM * 1e-9;
  const peer = medianTime(gemm);
  for (const [what, of] of Object.entries(measured)) {
    const ours = medianTime(of);
    yield {
      what,
      ours: rate(work, ours, 'GFLOP/s'),
      peer: rate(work, peer, 'GFLOP/s'),
      ratio: `${short(peer.seconds / ours.seconds)} × (CPU ${short(peer.cpuSeconds / ours.cpuSeconds)} ×)`,
      ran: `${(blocks * BLOCK).toLocaleString('en-US')} rows × ${DIM}, k = ${K}; peer: bare ONNX Runtime float32 Gemm; median of ${runs}`,
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
