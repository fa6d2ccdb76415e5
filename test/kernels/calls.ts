import type { Best, Centroids, Kernels, LloydState, SearchMode, Work } from '../../src/kernels/kernels.ts';
import { earlierInRange, everything } from '../../src/kernels/pairs.ts';
import type { RowView } from '../../src/rows/rowView.ts';

const BEST = { kind: 'best' } as const satisfies SearchMode;

/** Work with enough memory for all rows, without listeners. */
export const work: Work = { signal: new AbortController().signal, memory: 2 ** 30, threads: 2 };

/** Finds for each row the best row before it in its range. */
export function searchEarlier(
  kernels: Kernels,
  rows: RowView,
  offsets: Float64Array,
  how: Work = work,
): Promise<Best> {
  return kernels.search(rows, rows, earlierInRange(offsets), BEST, how);
}

/** Finds for each query the best of all targets. */
export function searchAll(
  kernels: Kernels,
  queries: RowView,
  targets: RowView | Centroids,
  how: Work = work,
): Promise<Best> {
  const count = 'bias' in targets ? targets.k : targets.count;
  return kernels.search(queries, targets, everything(queries.count, count), BEST, how);
}

/** One Lloyd iteration over rows that are not in any sum yet. */
export async function freshLloydStep(
  kernels: Kernels,
  rows: RowView,
  centroids: Centroids,
  how: Work = work,
): Promise<LloydState> {
  const { k, dim } = centroids;
  const state = {
    label: new Int32Array(rows.count).fill(-1),
    sums: new Float64Array(k * dim),
    counts: new Float64Array(k),
  };
  await kernels.lloydStep(rows, centroids, state, how);
  return state;
}
