import type { Centroids } from '../../kernels/kernels.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import type { StepOptions } from '../step.ts';
import { MAX_PRODUCT_ERROR, type NearBorder, type Overlap } from './borders.ts';
import { clusterOrder, type RankedRows } from './clusterOrder.ts';
import { candidatesOf, nearBorders, type Labels } from './nearBorders.ts';
import { similarRows, type SimilarRow } from './similarRows.ts';

/** The goal of an overlap. */
export interface OverlapGoal {
  readonly eps: number;
  /** Share of all duplicates to find, below 1. */
  readonly recall: number;
}

/**
 * With at least this many earlier rows per row, finding the borders near earlier rows costs more than it
 * saves.
 */
const ONE_SIDED_RATIO = 4;

/** Returns true when only rows, and not earlier rows, are placed in several clusters. */
export const isOneSided = (rows: number, earlier: number): boolean =>
  earlier > 0 && earlier >= ONE_SIDED_RATIO * rows;

/** The overlap that misses no pair within `eps`; see `overlapping`. */
export function completeOverlap(eps: number, ofOneSide = false): Overlap {
  // Scores are rounded: without an overlap, clusters could separate even rows with a rounded score of 1.
  const squared = Math.max(eps, 1e-6) / 2;
  // Twice the distance, plus the rounding allowance of borders.
  const distance = Math.sqrt(ofOneSide ? 4 * squared + 3 * MAX_PRODUCT_ERROR : squared);
  return { distance, memberships: 0, isOneSided: ofOneSide };
}

/** With so many duplicates in the sample, only these count. */
const SUFFICIENT_DUPLICATES = 1000;
/** Sufficient number of sampled rows with similar rows. */
const SUFFICIENT_ROWS = 300;
/**
 * Few rows are duplicates. Rows up to this many times as far apart, but not farther than `WIDEST`, also
 * tell how far the borders are that separate similar rows. Still wider ones are separated too often.
 */
const [WIDER, WIDEST] = [1.5, 0.5];
/** Minimum number of separated rows that these conclusions are drawn from. */
const MIN_SEPARATED = 30;
/** Limits of memberships to try. The one that needs the fewest pairs is used. */
const MEMBERSHIP_LIMITS = [4, 8, 16, 64];
/** Number of rows by which the numbers of pairs are compared. */
const COST_ROWS = 1000;
/** Safety factor, because another sample could need slightly more. */
const SAFETY_FACTOR = 1.02;

/** Rows by which an overlap is chosen. */
export interface OverlapSample {
  readonly sample: Int32Array;
  /** True to leave earlier rows in their own cluster. Default: false. */
  readonly ofOneSide?: boolean;
}

/**
 * Chooses the smallest overlap that finds the desired share of the duplicates among `sample`. Duplicates are
 * searched among all rows of `order` (which may be a part of the store that contains `sample`), in many more
 * clusters than an overlap uses. The smallest overlap that finds each duplicate then follows: it must place
 * both rows in a common cluster.
 */
export async function chooseOverlap(
  store: RowStore,
  centroids: Centroids,
  labels: Labels,
  { sample, ofOneSide = false, eps, recall, ...ranked }: OverlapGoal & RankedRows & OverlapSample,
  options: StepOptions,
): Promise<Overlap> {
  const complete = completeOverlap(eps, ofOneSide);
  const members = clusterOrder({ cluster: labels.cluster }, centroids.k, ranked.order);
  const wide = Math.max(eps, Math.min(WIDER * eps, WIDEST));
  const wanted = { ...ranked, sample, wide, eps, enough: SUFFICIENT_ROWS };
  const similar = await similarRows(store, centroids, members, wanted, options);
  const isWithin = ({ score }: SimilarRow): boolean => score >= 1 - eps;
  const duplicates = similar.filter(({ others }) => isWithin(others[0])).length;
  // Without duplicates in the sample, a third of the complete overlap is used.
  const usual = complete.distance / 3;
  if (duplicates === 0) return { ...complete, distance: usual, memberships: MEMBERSHIP_LIMITS[0] };
  const found = new Set(similar.flatMap(({ row, others }) => [row, ...others.map((other) => other.row)]));
  const near = new Map<number, readonly NearBorder[]>();
  const take = (row: number, borders: readonly NearBorder[]): unknown =>
    near.set(row, [{ cluster: labels.cluster[row], distance: 0, place: 0 }, ...borders]);
  if (ofOneSide) {
    for (const row of ranked.order.subarray(0, ranked.earlier)) if (found.delete(row)) take(row, []);
  }
  const costRows = sample.subarray(0, COST_ROWS);
  const rows = Int32Array.from(new Set([...found, ...costRows]));
  const widest = {
    ...completeOverlap(wide, ofOneSide),
    memberships: MEMBERSHIP_LIMITS[MEMBERSHIP_LIMITS.length - 1],
  };
  await nearBorders(store, centroids, labels, rows, widest, options, take);
  // Few duplicates are not reliable. With a one-sided overlap, comparing in more clusters is cheap.
  const least = ofOneSide && recall ** duplicates > 1 - CONFIDENCE ? usual : 0;
  let chosen: Overlap & { cost: number } = { ...complete, cost: Infinity };
  for (const memberships of MEMBERSHIP_LIMITS) {
    const candidates = candidatesOf(centroids.k, { ...complete, memberships });
    const bordersOf = (row: number): readonly NearBorder[] =>
      near
        .get(row)!
        .filter(({ place }) => place < candidates)
        .slice(0, memberships);
    const distances: number[] = [];
    const wider: number[] = [];
    for (const { row, others } of similar) {
      if (isWithin(others[0])) {
        distances.push(minDistance(row, others.filter(isWithin), bordersOf));
      } else {
        // The distances of rows to a border between them are in proportion to that of the rows.
        const scale = Math.sqrt(eps / (1 - others[0].score));
        wider.push(minDistance(row, [others[0]], bordersOf) * scale);
      }
    }
    const distance = Math.max(sufficientDistance(distances, wider, recall), least);
    if (distance === Infinity) continue;
    const cost = pairsPerRow(Array.from(costRows, bordersOf), distance);
    if (cost < chosen.cost)
      chosen = { ...chosen, distance: Math.min(distance, complete.distance), memberships, cost };
  }
  const { cost: _, ...overlap } = chosen;
  return overlap;
}

/** The mean square of clusters per row. The number of compared pairs is about proportional to it. */
function pairsPerRow(rows: readonly (readonly NearBorder[])[], distance: number): number {
  const count = (borders: readonly NearBorder[]): number =>
    borders.filter((border) => border.distance <= distance).length;
  return rows.reduce((sum, borders) => sum + count(borders) ** 2, 0) / rows.length;
}

/**
 * The overlap that finds a share of all duplicates, from those that the duplicates of a sample need. Where
 * there are few duplicates, they tell which share is separated, and `wider`, the scaled overlaps of similar
 * rows, tells with them how much overlap separated rows need.
 */
export function sufficientDistance(
  distances: readonly number[],
  wider: readonly number[],
  recall: number,
): number {
  const isSeparated = (distance: number): boolean => distance > 0;
  const separated = [...distances, ...wider].filter(isSeparated).sort((a, b) => b - a);
  if (distances.length >= SUFFICIENT_DUPLICATES || separated.length < MIN_SEPARATED)
    return (
      [...distances].sort((a, b) => a - b)[neededDuplicates(distances.length, recall) - 1] * SAFETY_FACTOR
    );
  const most = (1 - recall) * distances.length;
  // One more, so that duplicates of which none is separated do not count as proof that none will be.
  const own = 1 + distances.filter(isSeparated).length;
  const missed = (rows: number): number => {
    const spread = Math.sqrt(1 / own + 1 / rows);
    return ((own * rows) / separated.length) * (1 + CONFIDENCE_DEVIATIONS * spread);
  };
  let rows = 0;
  while (rows < separated.length && missed(rows + 1) <= most) rows++;
  return (separated[rows] ?? 0) * SAFETY_FACTOR;
}

/** Probability that an overlap chosen by a sample suffices for all rows. */
const CONFIDENCE = 0.9;
/** The same, in standard deviations of a normal distribution. */
const CONFIDENCE_DEVIATIONS = 1.2816;

/**
 * The number of a sample's duplicates that must be found, so that the share of all duplicates reaches
 * `recall` with probability `CONFIDENCE`.
 */
function neededDuplicates(duplicates: number, recall: number): number {
  // Binomial distribution: at a share of exactly `recall`, fewer than `needed` of the sample are found with
  // that probability.
  let [chance, below] = [1, 1];
  for (let missed = 0; missed < duplicates; missed++) {
    // The probability of exactly `missed`, from the previous one.
    chance =
      missed === 0
        ? recall ** duplicates
        : (chance * (duplicates - missed + 1) * (1 - recall)) / (missed * recall);
    below -= chance;
    if (below < CONFIDENCE) return duplicates - missed + (missed === 0 ? 0 : 1);
  }
  return 1;
}

/** The smallest overlap that places a row in a common cluster with one of the others. */
function minDistance(
  row: number,
  others: readonly SimilarRow[],
  bordersOf: (row: number) => readonly NearBorder[],
): number {
  const own = new Map(bordersOf(row).map(({ cluster, distance }) => [cluster, distance]));
  let least = Infinity;
  for (const other of others) {
    for (const { cluster, distance } of bordersOf(other.row)) {
      const mine = own.get(cluster);
      if (mine !== undefined) least = Math.min(least, Math.max(mine, distance, 0));
    }
  }
  return least;
}
