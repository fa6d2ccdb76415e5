import type { LloydTotals } from '../kernels.ts';
import type { CpuMatrix } from './cpuMatrix.ts';
import type { LaneCalls, Part, SharedCentroids } from './laneCalls.ts';

/**
 * One lane's share of a Lloyd iteration over `matrices`, whose rows `label` counts one after another: labels its parts anew
 * and brings `totals` and `label` up to date. `sums` (k × dim, shared) is scratch.
 */
export async function moveRows(
  lane: LaneCalls,
  matrices: readonly CpuMatrix[],
  centroids: SharedCentroids,
  totals: LloydTotals,
  label: Int32Array,
  sums: Float64Array,
): Promise<void> {
  const runs: { readonly part: Part; readonly start: number }[] = [];
  let first = 0;
  for (const matrix of matrices) {
    let start = first;
    matrix.lanes.forEach((own, i) => {
      const part = matrix.parts[i];
      if (own === lane && part.rows > 0) runs.push({ part, start });
      start += part.rows;
    });
    first += matrix.rows;
  }
  const before = new Int32Array(runs.reduce((sum, { part }) => sum + part.rows, 0));
  let at = 0;
  for (const { part, start } of runs) {
    before.set(label.subarray(start, start + part.rows), at);
    at += part.rows;
  }
  const after = await lane.lloyd(
    runs.map(({ part }) => part),
    centroids,
    before,
    sums,
  );
  for (let i = 0; i < after.length; i++) {
    if (before[i] === after[i]) continue;
    if (before[i] >= 0) totals.counts[before[i]]--;
    totals.counts[after[i]]++;
  }
  for (let i = 0; i < sums.length; i++) totals.sums[i] += sums[i];
  at = 0;
  for (const { part, start } of runs) {
    label.set(after.subarray(at, at + part.rows), start);
    at += part.rows;
  }
}
