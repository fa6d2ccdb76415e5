import type { Best, Centroids } from '../../kernels/kernels.ts';
import { viewRows } from '../../rows/rowView.ts';
import { BEST, withoutReuse, workFor, type StepOptions } from '../step.ts';
import type { BranchRows } from './branchRows.ts';
import { pickCentroids } from './centroidTree.ts';
import type { Reach } from './reach.ts';

/** Bytes of centroids copied per search. */
const TARGET_BYTES = 2 ** 25;

/**
 * For each row (in the order of `rows`), the nearest of the centroids that its branch reaches. Ties go to the
 * lowest number.
 */
export async function searchReach(
  { rows, offsets }: BranchRows,
  centroids: Centroids,
  reach: Reach,
  options: StepOptions,
  progress?: (rows: number) => void,
): Promise<Best> {
  const found: Best = { score: new Float32Array(rows.count), index: new Int32Array(rows.count) };
  const most = Math.max(1, Math.floor(TARGET_BYTES / (centroids.dim * 4)));
  for (let first = 0, end; first + 1 < offsets.length; first = end) {
    end = first + 1;
    while (end + 1 < offsets.length && reach.offsets[end + 1] - reach.offsets[first] <= most) end++;
    const [start, base] = [offsets[first], reach.offsets[first]];
    const count = offsets[end] - start;
    if (count === 0) continue;
    const list = reach.centroids.subarray(base, reach.offsets[end]);
    const { score, index } = await options.kernels.search(
      // A new list per search: kernels drop their copies of the previous list.
      viewRows(rows.store, rows.list!.subarray(start, start + count)),
      pickCentroids(centroids, list),
      {
        queries: offsets.slice(first, end + 1).map((offset) => offset - start),
        targets: reach.offsets.slice(first, end + 1).map((offset) => offset - base),
        earlier: false,
      },
      BEST,
      workFor(
        withoutReuse(options),
        progress && ((done, total) => progress(Math.floor(start + (count * done) / total))),
      ),
    );
    found.score.set(score, start);
    for (let i = 0; i < count; i++) found.index[start + i] = list[index[i]];
  }
  return found;
}
