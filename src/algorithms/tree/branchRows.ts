import type { Centroids } from '../../kernels/kernels.ts';
import { everything } from '../../kernels/pairs.ts';
import { pickRows, type RowView } from '../../rows/rowView.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';

/** Rows grouped by branch. A row belongs to the branch with the most similar direction. */
export interface BranchRows {
  /** The rows of branch b are rows `offsets[b]` to `offsets[b + 1]` (exclusive), in their original order. */
  readonly rows: RowView;
  readonly offsets: Float64Array;
  /** The original number of each row. */
  readonly numbers: Int32Array;
}

/** Groups rows by branch. `progress` receives the number of compared pairs and their total. */
export async function sortIntoBranches(
  rows: RowView,
  directions: Centroids,
  options: StepOptions,
  progress?: (done: number, total: number) => void,
): Promise<BranchRows> {
  const pairs = everything(rows.count, directions.k);
  const { index } = await options.kernels.search(rows, directions, pairs, BEST, workFor(options, progress));
  const offsets = new Float64Array(directions.k + 1);
  for (const b of index) offsets[b + 1]++;
  for (let b = 0; b < directions.k; b++) offsets[b + 1] += offsets[b];
  const numbers = new Int32Array(rows.count);
  const next = offsets.slice();
  for (let row = 0; row < rows.count; row++) numbers[next[index[row]]++] = row;
  return { rows: pickRows(rows, numbers), offsets, numbers };
}
