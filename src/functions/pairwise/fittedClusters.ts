import { loadOrCompute, type RowCheckpoint } from '../../algorithms/checkpoint.ts';
import type { Kmeans } from '../../algorithms/kmeans.ts';
import type { Overlap } from '../../algorithms/pairwise/borders.ts';
import {
  chooseOverlap,
  completeOverlap,
  isOneSided,
  type OverlapGoal,
} from '../../algorithms/pairwise/chooseOverlap.ts';
import {
  comparedRows,
  countCompared,
  type ClusterOrder,
  type ComparedRows,
  type Memberships,
  type RankedRows,
} from '../../algorithms/pairwise/clusterOrder.ts';
import { keptMemberships } from '../../algorithms/pairwise/keptMemberships.ts';
import { nearBorders, type Labels } from '../../algorithms/pairwise/nearBorders.ts';
import { overlapping } from '../../algorithms/pairwise/overlap.ts';
import type { StepOptions } from '../../algorithms/step.ts';
import type { RowStore } from '../../rows/rowStore.ts';

/** Rows by which the number of clusters per row is estimated. */
const PROBE_ROWS = 2000;

/** The clusters in which rows are compared, and how they were chosen. */
export interface FittedClusters extends ChosenOverlap {
  readonly clusters: ComparedRows;
}

/** Options of `fittedClusters`. */
export interface ClusteringOptions extends RankedRows {
  /** The rows by which an overlap is chosen, and the rows among which their duplicates are searched. */
  readonly sample: Int32Array;
  readonly among: RankedRows;
  /** Saves the chosen overlap and the clusters of each row. */
  readonly keep?: RowCheckpoint;
}

/** Places the rows in their own clusters, and in those that `asked` adds. */
export async function fittedClusters(
  store: RowStore,
  { centroids, assigned, tree }: Kmeans,
  asked: Overlap | OverlapGoal | undefined,
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
    'recall' in asked
      ? await overlapFor(store, { centroids, labels, own, isNearest: !tree }, asked, options, step)
      : asked;
  if (overlap === 'all') {
    const clusters = comparedRows({ cluster: new Int32Array(store.rows) }, 1, options);
    return { clusters, certainty: 'exact', memberships: 1, pairs: countCompared(clusters) / ownPairs };
  }
  const certainty = 'recall' in asked && asked.recall === 1 ? 'complete' : 'none';
  if (overlap.distance === 0) return { ...alone, overlap, certainty };
  const rows = overlap.isOneSided ? options.order.subarray(options.earlier) : undefined;
  const memberships = await keptMemberships(options.keep, () =>
    overlapping(store, centroids, labels, overlap, step, rows),
  );
  const clusters = comparedRows(memberships, centroids.k, options);
  return {
    clusters,
    overlap,
    certainty,
    memberships: perRow(memberships, options.order.subarray(options.earlier)),
    pairs: countCompared(clusters) / Math.max(1, ownPairs),
  };
}

/** Clusters per row of a list. */
const perRow = ({ offsets }: Memberships, rows: Int32Array): number =>
  offsets
    ? rows.reduce((sum, row) => sum + offsets[row + 1] - offsets[row], 0) / Math.max(1, rows.length)
    : 1;

interface OwnClusters extends Pick<Kmeans, 'centroids'> {
  readonly labels: Labels;
  readonly own: ComparedRows;
  /** True when each row is certainly in the cluster of its nearest centroid. */
  readonly isNearest: boolean;
}

/** The requested overlap, or 'all' when comparing all rows with each other costs no more. */
async function overlapFor(
  store: RowStore,
  clusters: OwnClusters,
  aim: OverlapGoal,
  { sample, among, keep: kept, ...ranked }: ClusteringOptions,
  step: StepOptions,
): Promise<Overlap | 'all'> {
  const { earlier = 0 } = ranked;
  const ofOneSide = isOneSided(store.rows - earlier, earlier) && (aim.recall < 1 || clusters.isNearest);
  const { chosen } = await loadOrCompute(kept?.checkpoint, 'overlap', async () => {
    const overlap = await choose();
    return {
      chosen:
        overlap === 'all' ? new Float64Array(0) : Float64Array.of(overlap.distance, overlap.memberships),
    };
  });
  return chosen.length === 0 ? 'all' : { distance: chosen[0], memberships: chosen[1], isOneSided: ofOneSide };

  async function choose(): Promise<Overlap | 'all'> {
    const { centroids, labels } = clusters;
    if (aim.recall < 1)
      return chooseOverlap(store, centroids, labels, { ...aim, ...among, ofOneSide, sample }, step);
    const complete = completeOverlap(aim.eps, ofOneSide);
    const pairs = await completePairs(store, clusters, { sample, overlap: complete }, step);
    const all = comparedRows({ cluster: new Int32Array(store.rows) }, 1, ranked);
    return pairs >= countCompared(all) ? 'all' : complete;
  }
}

/** Estimates the number of pairs with an overlap from the first rows of `sample`. */
async function completePairs(
  store: RowStore,
  { centroids, labels, own }: OwnClusters,
  { sample, overlap }: { readonly sample: Int32Array; readonly overlap: Overlap },
  step: StepOptions,
): Promise<number> {
  const rows = sample.subarray(0, PROBE_ROWS);
  const guests = new Float64Array(centroids.k);
  await nearBorders(store, centroids, labels, rows, overlap, step, (_, near) => {
    for (const { cluster } of near) guests[cluster]++;
  });
  const ownSize = ({ offsets }: ClusterOrder, c: number): number => offsets[c + 1] - offsets[c];
  const guestsOf = ({ rows: all }: ClusterOrder, c: number): number => (guests[c] * all.length) / rows.length;
  return guests.reduce((sum, _, c) => {
    const size = ownSize(own, c) + guestsOf(own, c);
    const { exempt } = own;
    const before = exempt ? ownSize(exempt, c) + (overlap.isOneSided ? 0 : guestsOf(exempt, c)) : 0;
    return sum + size * ((size - 1) / 2 + before);
  }, 0);
}

/** How the last `kmeans_pairwise` of a connection compared its rows. */
export interface ChosenOverlap {
  /** Undefined when clusters do not overlap. */
  readonly overlap?: Overlap;
  /** `exact`: all rows were compared. `complete`: no pair within the requested eps can be missed. */
  readonly certainty: 'exact' | 'complete' | 'none';
  /** Average number of clusters per row, without earlier rows. */
  readonly memberships: number;
  /** Compared pairs, relative to those without an overlap. */
  readonly pairs: number;
}

const chosen = new WeakMap<ReadonlyMap<string, unknown>, ChosenOverlap>();

/** The overlap that the last call stored in the settings of the connection. */
export const lastOverlap = (settings: ReadonlyMap<string, unknown>): ChosenOverlap | undefined =>
  chosen.get(settings);

/** Stores the overlap of a call in the settings of the connection. */
export function keepOverlap(settings: ReadonlyMap<string, unknown>, overlap: ChosenOverlap): void {
  chosen.set(settings, overlap);
}
