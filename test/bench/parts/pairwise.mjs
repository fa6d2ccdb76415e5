import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { earlierInRange } from '../../../dist/kernels/pairs.js';
import { viewOf } from '../../../dist/rows/rowView.js';
import { bareGemm } from '../support/bareGemm.mjs';
import { Conversation } from '../support/child.mjs';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, short } from '../support/table.mjs';
import { clustersOfUnitRows } from '../support/unitRows.mjs';
import { BEST, WORK } from '../support/work.mjs';

const CLUSTER_ROWS = 1000;
const DIM = 768;
const CPU_CLUSTERS = 120;

/**
 * The pairwise step alone, on rows already in memory.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* pairwiseAlone({ backends, runs, quick, python, scratch }) {
  const clusters = quick ? CPU_CLUSTERS / 4 : CPU_CLUSTERS;
  const rows = clustersOfUnitRows(clusters, CLUSTER_ROWS, DIM);
  const contenders = { gemm: await gemmPass(rows) };
  const peer = python.command && new Conversation(python.command, numpyArguments(rows, scratch));
  if (peer) contenders.numpy = () => peer.ask();
  const view = viewOf(rows, DIM);
  const pairs = earlierInRange(Float64Array.from({ length: clusters + 1 }, (_, c) => c * CLUSTER_ROWS));
  for (const { name, kernels } of backends) {
    if (!kernels) continue;
    contenders[name] = () => timed(() => kernels.search(view, view, pairs, BEST, WORK));
  }
  const measured = await alternate(runs, contenders, { warmUp: true });
  peer?.end();

  const useful = clusters * CLUSTER_ROWS * (CLUSTER_ROWS - 1) * DIM * 1e-9;
  const square = 2 * clusters * CLUSTER_ROWS ** 2 * DIM * 1e-9;
  const ran = `${clusters} clusters of ${CLUSTER_ROWS.toLocaleString('en-US')} rows × ${DIM}, triangle counted; median of ${runs}`;
  const gemm = medianTime(measured.gemm);
  for (const { name, reason } of backends) {
    if (reason) {
      yield { what: `pairwise, ${name}`, ran: `skipped: ${reason}` };
      continue;
    }
    const ours = medianTime(measured[name]);
    if (peer) {
      const numpy = medianTime(measured.numpy);
      yield {
        what: `pairwise, ${name}, against NumPy`,
        ours: rate(useful, ours, 'GFLOP/s'),
        peer: rate(useful, numpy, 'GFLOP/s'),
        ratio: `${short(numpy.seconds / ours.seconds)} × (CPU ${short(numpy.cpuSeconds / ours.cpuSeconds)} ×)`,
        ran: `${ran}; NumPy: triu(x @ x.T, 1), max, argmax (x @ x.T is BLAS syrk, half a product)`,
      };
    } else
      yield {
        what: `pairwise, ${name}, against NumPy`,
        ours: rate(useful, ours, 'GFLOP/s'),
        ran: `no peer: ${python.reason}`,
      };
    yield {
      what: `pairwise, ${name}, against bare Gemm`,
      ours: rate(useful, ours, 'GFLOP/s'),
      peer: rate(square, gemm, 'GFLOP/s'),
      ratio: `${short(useful / ours.seconds / (square / gemm.seconds))} ×`,
      ran: `${ran}; peer: ONNX Runtime float32 Gemm of each cluster, all of the square counted`,
    };
  }
}

async function gemmPass(rows) {
  const gemm = await bareGemm();
  const products = new Float32Array(CLUSTER_ROWS ** 2);
  return () =>
    timed(async () => {
      for (let at = 0; at < rows.length; at += CLUSTER_ROWS * DIM) {
        const cluster = rows.subarray(at, at + CLUSTER_ROWS * DIM);
        await gemm(cluster, cluster, products, DIM);
      }
    });
}

function numpyArguments(rows, scratch) {
  const file = join(scratch, 'rows.f32');
  writeFileSync(file, rows);
  return [
    fileURLToPath(new URL('../peer_numpy.py', import.meta.url)),
    file,
    String(DIM),
    String(CLUSTER_ROWS),
  ];
}
