import type { Centroids } from '../../kernels/kernels.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { sliceView } from '../../rows/rowView.ts';
import { withoutReuse, workFor, type StepOptions } from '../step.ts';
import { Borders, type NearBorder, type Overlap } from './borders.ts';

/** The cluster to which each row was assigned. */
export interface Labels {
  readonly cluster: Int32Array;
  /** By row, ‖x − c‖, the distance to the centroid of its cluster. */
  readonly distance: Float32Array;
}

/** Bytes per centroid and row of a search: in the result, as it is put together, and of its biases. */
const ROW_BYTES = 20;

/**
 * Passes on the borders near each of `rows`, nearest first; no call for a row without any. Rows are processed
 * by cluster, so that the distances from a centroid to the others are computed once.
 */
export async function nearBorders(
  store: RowStore,
  centroids: Centroids,
  { cluster, distance }: Labels,
  rows: Int32Array,
  overlap: Overlap,
  options: StepOptions,
  take: (row: number, near: readonly NearBorder[]) => void,
): Promise<void> {
  const { k } = centroids;
  const report = (done: number): void => options.progress({ step: 'overlap', done, total: rows.length });
  report(0);
  const byCluster = sortedByCluster(rows, cluster, k);
  const view = store.view(byCluster);
  const borders = new Borders(centroids, overlap);
  // All results of a batch fit in memory, even if all borders are near all rows.
  const batch = Math.max(256, Math.floor(options.memory / (ROW_BYTES * k)));
  for (let start = 0; start < rows.length; start += batch) {
    const batchOfRows = byCluster.subarray(start, Math.min(rows.length, start + batch));
    const { clusters, offsets } = clustersOf(batchOfRows, cluster);
    const score = new Float32Array(batchOfRows.length);
    for (let i = 0; i < score.length; i++) score[i] = borders.minScore(distance[batchOfRows[i]]);
    const found = await options.kernels.search(
      sliceView(view, start, start + batchOfRows.length),
      borders.biased(clusters),
      { queries: offsets, targets: Float64Array.of(0, k), earlier: false },
      { kind: 'above', score },
      workFor(withoutReuse(options), (done) => report(start + Math.floor(done / k))),
    );
    for (let i = 0; i < batchOfRows.length; i++) {
      const [row, first, last] = [batchOfRows[i], found.offsets[i], found.offsets[i + 1]];
      if (first < last) take(row, borders.nearest(cluster[row], distance[row], found, first, last));
    }
  }
  report(rows.length);
}

/** The clusters of rows that are sorted by cluster, and the first row of each. */
function clustersOf(rows: Int32Array, cluster: Int32Array): { clusters: number[]; offsets: Float64Array } {
  const clusters: number[] = [];
  const offsets: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (cluster[rows[i]] === clusters[clusters.length - 1]) continue;
    clusters.push(cluster[rows[i]]);
    offsets.push(i);
  }
  return { clusters, offsets: Float64Array.from([...offsets, rows.length]) };
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
