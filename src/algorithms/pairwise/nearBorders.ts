import type { Centroids } from '../../kernels/kernels.ts';
import { everything } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { sliceView } from '../../rows/rowView.ts';
import { withoutReuse, workFor, type StepOptions } from '../step.ts';
import { Borders, type NearBorder, type Overlap, type ScoredCentroids } from './borders.ts';

/** The cluster to which each row was assigned. */
export interface Labels {
  readonly cluster: Int32Array;
  /** By row, ‖x − c‖, the distance to the centroid of its cluster. */
  readonly distance: Float32Array;
}

/** Bytes per target in the result of a search. */
const FOUND_BYTES = 8;

/** Rows per search, so that all possible results fit in memory. */
const batchRows = (candidates: number, memory: number): number =>
  Math.max(256, Math.floor(memory / (2 * FOUND_BYTES * candidates)));

/** Number of nearest centroids to consider per membership when memberships are limited, and its minimum. */
const [PER_MEMBERSHIP, MIN_CANDIDATES] = [2, 8];

/**
 * Number of nearest centroids per row to consider. With a limit of memberships, the border to a distant
 * centroid cannot be among the nearest.
 */
export const candidatesOf = (k: number, { memberships }: Overlap): number =>
  memberships === 0 ? k : Math.min(k, Math.max(MIN_CANDIDATES, PER_MEMBERSHIP * memberships));

/**
 * Passes on the borders near each of `rows`, nearest first. Rows are processed by cluster, so that the
 * distances from a centroid to the others are computed once. `known` are the nearest centroids of all rows of
 * the store, `candidatesOf` per row. Default: they are searched.
 */
export async function nearBorders(
  store: RowStore,
  centroids: Centroids,
  { cluster, distance }: Labels,
  rows: Int32Array,
  overlap: Overlap,
  options: StepOptions,
  take: (row: number, near: readonly NearBorder[]) => void,
  known?: ScoredCentroids,
): Promise<void> {
  const { k } = centroids;
  const report = (done: number): void => options.progress({ step: 'overlap', done, total: rows.length });
  report(0);
  const byCluster = sortedByCluster(rows, cluster, k);
  const view = store.view(byCluster);
  const borders = new Borders(centroids, overlap);
  const nearest = candidatesOf(k, overlap);
  const batch = batchRows(nearest, options.memory);
  for (let start = 0; start < rows.length; start += batch) {
    const batchOfRows = byCluster.subarray(start, Math.min(rows.length, start + batch));
    const queries = sliceView(view, start, start + batchOfRows.length);
    const pairs = everything(batchOfRows.length, k);
    const work = workFor(withoutReuse(options), (done) => report(start + Math.floor(done / k)));
    let found: Candidates;
    if (known) {
      found = {
        ...known,
        first: (i) => batchOfRows[i] * nearest,
        last: (i) => (batchOfRows[i] + 1) * nearest,
      };
    } else if (overlap.memberships > 0) {
      const top = await options.kernels.search(queries, centroids, pairs, { kind: 'top', k: nearest }, work);
      found = { ...top, first: (i) => i * nearest, last: (i) => (i + 1) * nearest };
    } else {
      const score = Float32Array.from(batchOfRows, (row) => borders.minScore(cluster[row], distance[row]));
      const above = await options.kernels.search(queries, centroids, pairs, { kind: 'above', score }, work);
      found = { ...above, first: (i) => above.offsets[i], last: (i) => above.offsets[i + 1] };
    }
    for (let i = 0; i < batchOfRows.length; i++) {
      const row = batchOfRows[i];
      take(row, borders.nearest(cluster[row], distance[row], found, found.first(i), found.last(i)));
    }
  }
  report(rows.length);
}

/** The centroids found for each row of a batch: those from entry `first` to entry `last` (exclusive). */
interface Candidates extends ScoredCentroids {
  first(row: number): number;
  last(row: number): number;
}

/** A counting sort by cluster. Rows of one cluster keep their order. */
function sortedByCluster(rows: Int32Array, cluster: Int32Array, k: number): Int32Array {
  const next = new Uint32Array(k + 1);
  for (const row of rows) next[cluster[row] + 1]++;
  for (let c = 0; c < k; c++) next[c + 1] += next[c];
  const sorted = new Int32Array(rows.length);
  for (const row of rows) sorted[next[cluster[row]]++] = row;
  return sorted;
}
