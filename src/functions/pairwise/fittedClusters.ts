import type { Kmeans } from '../../dedup/kmeans.ts';
import type { Overlap } from '../../dedup/pairwise/borders.ts';
import { chooseOverlap, completeOverlap, type Aim } from '../../dedup/pairwise/chooseOverlap.ts';
import {
  comparedRows,
  countCompared,
  type ClusterOrder,
  type ComparedRows,
  type RankedRows,
} from '../../dedup/pairwise/clusterOrder.ts';
import { nearBorders, type Labels } from '../../dedup/pairwise/nearBorders.ts';
import { overlapping } from '../../dedup/pairwise/overlap.ts';
import type { StepOptions } from '../../dedup/step.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import type { ChosenOverlap } from './chosenOverlap.ts';

/** Rows that tell how many clusters per row there will be. */
const PROBE_ROWS = 2000;

/** The rows to compare, and how that was chosen. */
export interface FittedClusters extends ChosenOverlap {
  readonly clusters: ComparedRows;
}

/** Puts the rows in clusters: their own, and those that `asked` adds. `sample`: rows to choose an overlap by. */
export async function fittedClusters(
  store: RowStore,
  { centroids, assigned }: Kmeans,
  asked: Overlap | Aim | undefined,
  { sample, ...ranked }: RankedRows & { readonly sample: Int32Array },
  step: StepOptions,
): Promise<FittedClusters> {
  const labels: Labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
  const own = comparedRows({ cluster: labels.cluster }, centroids.k, ranked);
  const alone = { clusters: own, memberships: 1, pairs: 1 };
  if (centroids.k === 1) return { ...alone, certainty: 'exact' };
  if (!asked) return { ...alone, certainty: 'none' };
  const ownPairs = countCompared(own);
  const isComplete = 'recall' in asked && asked.recall === 1;
  if (isComplete) {
    const pairs = await completePairs(store, { centroids, labels, own, sample, eps: asked.eps }, step);
    const clusters = comparedRows({ cluster: new Int32Array(store.rows) }, 1, ranked);
    const allPairs = countCompared(clusters);
    if (pairs >= allPairs)
      return { clusters, certainty: 'exact', memberships: 1, pairs: allPairs / ownPairs };
  }
  let overlap: Overlap;
  if (!('recall' in asked)) overlap = asked;
  else if (isComplete) overlap = completeOverlap(asked.eps);
  else overlap = await chooseOverlap(store, centroids, labels, { ...asked, ...ranked, sample }, step);
  const certainty = isComplete ? 'complete' : 'none';
  if (overlap.distance === 0) return { ...alone, overlap, certainty };
  const memberships = await overlapping(store, centroids, labels, overlap, step);
  const clusters = comparedRows(memberships, centroids.k, ranked);
  return {
    clusters,
    overlap,
    certainty,
    memberships: memberships.cluster.length / store.rows,
    pairs: countCompared(clusters) / Math.max(1, ownPairs),
  };
}

/** About how many pairs there are if none within `eps` may be missed, by the first rows of `sample`. */
async function completePairs(
  store: RowStore,
  {
    centroids,
    labels,
    own,
    sample,
    eps,
  }: Pick<Kmeans, 'centroids'> & { labels: Labels; own: ComparedRows; sample: Int32Array; eps: number },
  step: StepOptions,
): Promise<number> {
  const rows = sample.subarray(0, PROBE_ROWS);
  const guests = new Float64Array(centroids.k);
  await nearBorders(store, centroids, labels, rows, completeOverlap(eps), step, (_, near) => {
    for (const { cluster } of near) guests[cluster]++;
  });
  const sizeOf = ({ offsets, rows: all }: ClusterOrder, c: number): number =>
    offsets[c + 1] - offsets[c] + (guests[c] * all.length) / rows.length;
  return guests.reduce((sum, _, c) => {
    const size = sizeOf(own, c);
    return sum + size * ((size - 1) / 2 + (own.staying ? sizeOf(own.staying, c) : 0));
  }, 0);
}
