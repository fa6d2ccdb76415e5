import { keep, type RowCheckpoint } from '../../dedup/checkpoint.ts';
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
import { keptMemberships } from '../../dedup/pairwise/keptMemberships.ts';
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

/** How rows are put in clusters. */
export interface ClusteringOptions extends RankedRows {
  /** Rows to choose an overlap by, and those among which their duplicates are looked for. */
  readonly sample: Int32Array;
  readonly among: RankedRows;
  /** Keeps what is chosen and the clusters of each row. */
  readonly keep?: RowCheckpoint;
}

/** Puts the rows in clusters: their own, and those that `asked` adds. */
export async function fittedClusters(
  store: RowStore,
  { centroids, assigned }: Kmeans,
  asked: Overlap | Aim | undefined,
  options: ClusteringOptions,
  step: StepOptions,
): Promise<FittedClusters> {
  const labels: Labels = { cluster: assigned.centroid, distance: assigned.euclideanDistance };
  const own = comparedRows({ cluster: labels.cluster }, centroids.k, options);
  const alone = { clusters: own, memberships: 1, pairs: 1 };
  if (centroids.k === 1) return { ...alone, certainty: 'exact' };
  if (!asked) return { ...alone, certainty: 'none' };
  const ownPairs = countCompared(own);
  const overlap =
    'recall' in asked ? await overlapFor(store, { centroids, labels, own }, asked, options, step) : asked;
  if (overlap === 'all') {
    const clusters = comparedRows({ cluster: new Int32Array(store.rows) }, 1, options);
    return { clusters, certainty: 'exact', memberships: 1, pairs: countCompared(clusters) / ownPairs };
  }
  const certainty = 'recall' in asked && asked.recall === 1 ? 'complete' : 'none';
  if (overlap.distance === 0) return { ...alone, overlap, certainty };
  const memberships = await keptMemberships(options.keep, () =>
    overlapping(store, centroids, labels, overlap, step),
  );
  const clusters = comparedRows(memberships, centroids.k, options);
  return {
    clusters,
    overlap,
    certainty,
    memberships: memberships.cluster.length / store.rows,
    pairs: countCompared(clusters) / Math.max(1, ownPairs),
  };
}

interface OwnClusters extends Pick<Kmeans, 'centroids'> {
  readonly labels: Labels;
  readonly own: ComparedRows;
}

/** The overlap that does what was asked for; 'all' where comparing all rows with each other costs no more. */
async function overlapFor(
  store: RowStore,
  clusters: OwnClusters,
  aim: Aim,
  { sample, among, keep: kept, ...ranked }: ClusteringOptions,
  step: StepOptions,
): Promise<Overlap | 'all'> {
  const { chosen } = await keep(kept?.checkpoint, 'overlap', async () => {
    const overlap = await choose();
    return {
      chosen:
        overlap === 'all' ? new Float64Array(0) : Float64Array.of(overlap.distance, overlap.memberships),
    };
  });
  return chosen.length === 0 ? 'all' : { distance: chosen[0], memberships: chosen[1] };

  async function choose(): Promise<Overlap | 'all'> {
    const { centroids, labels } = clusters;
    if (aim.recall < 1) return chooseOverlap(store, centroids, labels, { ...aim, ...among, sample }, step);
    const pairs = await completePairs(store, clusters, { sample, eps: aim.eps }, step);
    const all = comparedRows({ cluster: new Int32Array(store.rows) }, 1, ranked);
    return pairs >= countCompared(all) ? 'all' : completeOverlap(aim.eps);
  }
}

/** About how many pairs there are if none within `eps` may be missed, by the first rows of `sample`. */
async function completePairs(
  store: RowStore,
  { centroids, labels, own }: OwnClusters,
  { sample, eps }: { readonly sample: Int32Array; readonly eps: number },
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
