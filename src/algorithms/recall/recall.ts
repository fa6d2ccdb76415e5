import type { RowStore } from '../../rows/rowStore.ts';
import { hashOrder } from '../hashOrder.ts';
import { EQUAL_SCORE, isDuplicate } from '../scores.ts';
import type { StepOptions } from '../step.ts';
import { placesIn, type RankedRows } from '../pairwise/clusterOrder.ts';
import { bestEarlier } from './earlierSearch.ts';
import { missedRows } from './missedRows.ts';

/** A result of pairwise, by row. It covers only the first rows of the store; the others are exempt. */
export interface ScoredRows {
  /** The largest cosine similarity to a row ranked before. */
  readonly score: Float64Array;
  readonly ranked: RankedRows;
  /** The hashes by which rows are drawn. */
  readonly hashes: BigUint64Array;
}

/** The share of the duplicates that brute force finds which were found, with a 95 % confidence interval. */
export interface Recall {
  readonly eps: number;
  readonly duplicates: number;
  readonly recall: number;
  readonly low: number;
  readonly high: number;
  /** Number of rows not among the duplicates that were compared with all rows before them. */
  readonly checked: number;
}

/** Number of rows by which an overlap is chosen. */
const CHOICE_ROWS = 20_000;

/**
 * Draws two samples by hash: rows that are compared with all rows, and rows by which an overlap is chosen.
 * k-means is fitted on the rows with the lowest hashes, so these samples have the highest hashes: of all
 * rows, or of the `among` rows with the lowest hashes, given in `lowest`. If there are few rows, both samples
 * contain all of them.
 */
export function drawRows(
  hashes: BigUint64Array,
  checked: number,
  among: number,
): { check: Int32Array; choose: Int32Array; lowest: Int32Array } {
  const order = hashOrder(hashes);
  const rest = Math.max(0, order.length - checked);
  const end = Math.min(rest, among);
  const lowest = order.subarray(0, among);
  const choose = end < CHOICE_ROWS / 10 ? lowest : order.subarray(Math.max(0, end - CHOICE_ROWS), end);
  return { check: order.subarray(rest), choose, lowest };
}

/**
 * Default number of rows to check. Each is compared with half of all rows on average: about a fifth of a run.
 */
const DEFAULT_ROWS = 1700;
const CHECK_ALL = 10_000;

/** Number of rows to check by default: all of up to 10,000 rows, otherwise 1,700. */
export const defaultRows = (rows: number): number => (rows <= CHECK_ALL ? rows : DEFAULT_ROWS);

/** Counts of rows at one eps. */
export interface RecallCounts {
  readonly eps: number;
  readonly rows: number;
  /** Number of rows found to be duplicates. */
  readonly duplicates: number;
  /** Number of sampled rows that are not among the found duplicates, and how many of them are duplicates. */
  readonly checked: number;
  readonly missed: number;
}

/** Extrapolates the duplicates missed in the sample to all rows. */
export function recallOf({ eps, rows, duplicates, checked, missed }: RecallCounts): Recall {
  const { estimate, low, high } = missedRows(rows - duplicates, checked, missed);
  const share = (lost: number): number => (lost === 0 ? 1 : duplicates / (duplicates + lost));
  return { eps, duplicates, recall: share(estimate), low: share(high), high: share(low), checked };
}

/**
 * Estimates the duplicates that a search inside clusters missed. The found duplicates are known for all rows.
 * So only other rows are drawn, uniformly, and compared with all rows before them. The probability of a row
 * to be drawn depends only on its hash.
 */
export async function estimateRecall(
  store: RowStore,
  { score, ranked, hashes }: ScoredRows,
  eps: readonly number[],
  rows: number,
  options: StepOptions,
): Promise<Recall[]> {
  const isFound = (row: number, e: number): boolean => isDuplicate(score[row], e);
  const least = Math.min(...eps);
  // A row that is not found at a larger eps is not found at the smallest eps either.
  const sample = hashOrder(hashes)
    .filter((row) => !isFound(row, least))
    .subarray(0, rows);
  const best = await scoresAgainstAll(store, ranked, sample, options);
  return eps.map((e) => {
    let duplicates = 0;
    for (let row = 0; row < score.length; row++) if (isFound(row, e)) duplicates++;
    let checked = 0;
    let missed = 0;
    sample.forEach((row, i) => {
      if (isFound(row, e)) return;
      checked++;
      if (isDuplicate(best[i], e)) missed++;
    });
    return recallOf({ eps: e, rows: score.length, duplicates, checked, missed });
  });
}

/**
 * The scores of pairwise with one cluster for the rows of `sample`, which are rows of `order`. They are not
 * yet limited from below. Exempt rows have score 0.
 */
export async function scoresAgainstAll(
  store: RowStore,
  { order, exemptCount = 0 }: RankedRows,
  sample: Int32Array,
  options: StepOptions,
): Promise<Float32Array> {
  const placeOf = placesIn(order, store.rows);
  const byPlace = Int32Array.from(sample.keys())
    .filter((i) => placeOf[sample[i]] >= exemptCount)
    .sort((a, b) => placeOf[sample[a]] - placeOf[sample[b]]);
  const places = byPlace.map((i) => placeOf[sample[i]] - exemptCount);
  // Exempt rows are in no particular order here; they are read faster in the order of the store.
  const first = exemptCount > 0 ? store.view(order.slice(0, exemptCount).sort()) : undefined;
  const found = await bestEarlier(store.view(order.subarray(exemptCount)), places, options, first);
  // Equal rows score exactly 1.
  const earliest = new Map(Array.from(sample, (row) => [store.hash(row), Infinity]));
  for (let place = 0; place < order.length; place++) {
    const hash = store.hash(order[place]);
    if (earliest.get(hash) === Infinity) earliest.set(hash, place);
  }
  const best = new Float32Array(sample.length);
  byPlace.forEach((i, n) => {
    const isEqual = earliest.get(store.hash(sample[i]))! < placeOf[sample[i]] && found[n] > EQUAL_SCORE;
    best[i] = isEqual ? 1 : Math.min(1, found[n]);
  });
  return best;
}
