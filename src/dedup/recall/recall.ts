import type { RowStore } from '../../rows/rowStore.ts';
import { hashOrder } from '../hashOrder.ts';
import { EQUAL_SCORE, isDuplicate } from '../scores.ts';
import type { StepOptions } from '../step.ts';
import { placesIn, type RankedRows } from '../pairwise/clusterOrder.ts';
import { bestEarlier } from './earlierSearch.ts';
import { missedRows } from './missedRows.ts';

/** A result of pairwise, by row. Of the rows in the store, only the first ones have one; the others stay. */
export interface FoundPairs {
  /** Largest cosine found with an earlier-ranked row. */
  readonly score: Float64Array;
  readonly ranked: RankedRows;
  /** By which rows are drawn. */
  readonly hashes: BigUint64Array;
}

/** The share of brute force's duplicates that were found, with a 95 % interval. */
export interface Recall {
  readonly eps: number;
  readonly duplicates: number;
  readonly recall: number;
  readonly low: number;
  readonly high: number;
  /** Rows not among the duplicates that were compared with all rows before them. */
  readonly checked: number;
}

/** Rows that an overlap is chosen by. */
const CHOICE_ROWS = 20_000;

/**
 * Draws rows that are checked against all, and others that an overlap is chosen by, by hash. k-means is fitted on the rows
 * with the lowest hashes, so these are taken from the other end: of all rows, or of those with the `among` lowest hashes. Of few
 * rows, all are in both. `lowest` are the rows with these hashes.
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

/** Rows checked by default. They meet half of all rows, which takes less than a fifth of a run. */
const DEFAULT_ROWS = 2000;
/** Of so few rows, all are checked. */
const CHECK_ALL = 10_000;

export const defaultRows = (rows: number): number => (rows <= CHECK_ALL ? rows : DEFAULT_ROWS);

/** What is known of the rows at one eps. */
export interface RecallCounts {
  readonly eps: number;
  readonly rows: number;
  /** Rows found to be duplicates. */
  readonly duplicates: number;
  /** Rows of a uniform sample that are not among these, and how many of them are duplicates. */
  readonly checked: number;
  readonly missed: number;
}

/** What is missed in the sample, counts for the rest. */
export function recallOf({ eps, rows, duplicates, checked, missed }: RecallCounts): Recall {
  const { estimate, low, high } = missedRows(rows - duplicates, checked, missed);
  const share = (lost: number): number => (lost === 0 ? 1 : duplicates / (duplicates + lost));
  return { eps, duplicates, recall: share(estimate), low: share(high), high: share(low), checked };
}

/**
 * Estimates what a search inside clusters missed. The duplicates found are known for all rows; so only rows that are not
 * among them are drawn, uniformly, and compared with all rows before them. A row's chance to be drawn depends on nothing
 * but its hash.
 */
export async function estimateRecall(
  store: RowStore,
  { score, ranked, hashes }: FoundPairs,
  eps: readonly number[],
  rows: number,
  options: StepOptions,
): Promise<Recall[]> {
  const isFound = (row: number, e: number): boolean => isDuplicate(score[row], e);
  const least = Math.min(...eps);
  // What is not found at a larger eps is not found at the least one either.
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

/** What pairwise with one cluster gives for the rows of `sample`, of those in `order`, before it is floored; 0 for rows that stay. */
export async function scoresAgainstAll(
  store: RowStore,
  { order, staying = 0 }: RankedRows,
  sample: Int32Array,
  options: StepOptions,
): Promise<Float32Array> {
  const placeOf = placesIn(order, store.rows);
  const byPlace = Int32Array.from(sample.keys())
    .filter((i) => placeOf[sample[i]] >= staying)
    .sort((a, b) => placeOf[sample[a]] - placeOf[sample[b]]);
  const places = byPlace.map((i) => placeOf[sample[i]] - staying);
  // Rows that stay have no order among themselves here: in that of the store, they are faster read.
  const first = staying > 0 ? store.view(order.slice(0, staying).sort()) : undefined;
  const found = await bestEarlier(store.view(order.subarray(staying)), places, options, first);
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
