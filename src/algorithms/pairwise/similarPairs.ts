import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';
import {
  comparedWhere,
  countCompared,
  concatRows,
  type ComparedMembers,
  type ComparedRows,
  type RankedRows,
} from './clusterOrder.ts';
import { RowClasses } from './rowClasses.ts';

/** Pairs of sufficiently similar rows. Each pair appears once. */
export interface SimilarPairs {
  readonly row: Int32Array;
  /** The row that is ranked before. */
  readonly other: Int32Array;
  /** Cosine similarity, at most 1. Exactly 1 for equal rows. */
  readonly score: Float32Array;
  /**
   * The number of the first pair of a row with the first row that has the same bytes. If copies are treated
   * like other rows, the number of pairs.
   */
  readonly firstCopy: number;
}

/** The rows to compare. */
export interface Compared extends RankedRows {
  readonly clusters: ComparedRows;
}

/** The pairs to find. */
export interface WantedPairs {
  /** Minimum cosine similarity. */
  readonly score: number;
  /** Maximum number of pairs. More are an error. */
  readonly limit: number;
  /**
   * With false, only the first of several rows with the same bytes has pairs, and each other one has a pair
   * with it.
   */
  readonly copies: boolean;
}

/** Without pairs of copies, a search can find this many pairs per returned pair. */
const FOUND_PER_PAIR = 3;

/**
 * Finds all pairs of rows of a cluster whose cosine similarity is at least `score`, except pairs of two
 * exempt rows. Rows with the same bytes are compared once, and are similar to each other by definition.
 * @throws TooManyPairs for more than `limit` pairs, with the exact number. With overlapping clusters, a pair
 * may count once per cluster that contains both rows, and without `copies` once per class.
 */
export async function similarPairs(
  store: RowStore,
  compared: Compared,
  { score, limit, copies }: WantedPairs,
  options: StepOptions,
): Promise<SimilarPairs> {
  const { clusters, order } = compared;
  const classes = new RowClasses(store, compared);
  const firsts = comparedWhere(clusters, (row) => classes.isFirst(row));
  // A pair is found in each cluster that contains both rows.
  const most =
    limit * maxClustersPerRow(clusters, order.length) * (copies || !classes.hasTwins ? 1 : FOUND_PER_PAIR);
  let above: Found;
  try {
    above = await searchAbove(store, firsts, score, most, options);
  } catch (error) {
    if (!(error instanceof TooManyPairs) || classes.copies.length === 0 || !copies || clusters.places)
      throw error;
    throw new TooManyPairs(await countAll(store, compared, classes, score, options), limit);
  }
  let found = clusters.places ? eachOnce(above, order.length) : above;
  if (classes.hasTwins) {
    found = pairsWhere(found, (row, other) =>
      copies ? !classes.areTwins(row, other) : classes.representsTwins(row, other),
    );
  }
  const count = copies ? countExpanded(found, classes) : found.row.length + countCopies(classes);
  if (count > limit) throw new TooManyPairs(count, limit);
  return copies ? expand(found, classes, count) : withFirsts(found, classes, count);
}

/** Maximum number of clusters per row. */
function maxClustersPerRow({ rows, places }: ComparedRows, count: number): number {
  if (!places) return 1;
  const clusters = new Int32Array(count);
  let most = 1;
  for (const row of rows) most = Math.max(most, ++clusters[row]);
  return most;
}

type Found = Pick<SimilarPairs, 'row' | 'other' | 'score'>;

/** The pairs that a search found. */
function pairsOf(queries: Int32Array, targets: Int32Array, { offsets, index, score }: Above): Found {
  const found = {
    row: new Int32Array(index.length),
    other: index.map((i) => targets[i]),
    score: score.map((s) => Math.min(1, s)),
  };
  for (let query = 0; query < queries.length; query++)
    found.row.fill(queries[query], offsets[query], offsets[query + 1]);
  return found;
}

/** Removes repeated pairs. `rows` is the number of rows. */
function eachOnce({ row, other, score }: Found, rows: number): Found {
  const starts = new Float64Array(rows + 1);
  for (const r of row) starts[r + 1]++;
  for (let r = 0; r < rows; r++) starts[r + 1] += starts[r];
  const sorted = new Int32Array(row.length);
  row.forEach((r, i) => (sorted[starts[r]++] = i));
  // By row, the last row whose pairs contained it.
  const seen = new Int32Array(rows).fill(-1);
  const kept = sorted.filter((i) => seen[other[i]] !== row[i] && (seen[other[i]] = row[i]) >= 0);
  return {
    row: kept.map((i) => row[i]),
    other: kept.map((i) => other[i]),
    score: Float32Array.from(kept, (i) => score[i]),
  };
}

function pairsWhere({ row, other, score }: Found, isWanted: (row: number, other: number) => boolean): Found {
  const wanted = (_: number, i: number): boolean => isWanted(row[i], other[i]);
  return { row: row.filter(wanted), other: other.filter(wanted), score: score.filter(wanted) };
}

/**
 * Searches pairs above a score.
 * @throws TooManyPairs with the exact number.
 */
async function searchAbove(
  store: RowStore,
  compared: ComparedMembers,
  score: number,
  limit: number,
  options: StepOptions,
): Promise<Found> {
  const { rows, offsets, exempt } = compared;
  const total = countCompared(compared);
  let before = 0;
  const report = (done: number): void =>
    options.progress({ step: 'similar pairs', done: before + done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(rows);
  const searches = [{ rows, targets: view, pairs: earlierInRange(offsets) }];
  if (exempt) {
    const pairs = { queries: offsets, targets: exempt.offsets, earlier: false };
    searches.push({ rows: exempt.rows, targets: store.view(exempt.rows), pairs });
  }
  const found: Found[] = [];
  let count = 0;
  for (const { rows: others, targets, pairs } of searches) {
    const mode = { kind: 'above', score, limit: Math.max(0, limit - count) } as const;
    try {
      const above = await options.kernels.search(view, targets, pairs, mode, workFor(options, report));
      found.push(pairsOf(rows, others, above));
      count += above.index.length;
    } catch (error) {
      if (!(error instanceof TooManyPairs)) throw error;
      count += error.count;
    }
    before += countPairs(pairs);
    report(0);
  }
  if (count > limit) throw new TooManyPairs(count, limit);
  const [earlier, first] = found;
  if (!first) return earlier;
  const scores = new Float32Array(count);
  scores.set(earlier.score);
  scores.set(first.score, earlier.score.length);
  return {
    row: concatRows(earlier.row, first.row),
    other: concatRows(earlier.other, first.other),
    score: scores,
  };
}

/**
 * Counts the pairs when there are too many even among different rows: all rows are compared, and pairs of
 * equal rows whose computed score is too low are added.
 */
async function countAll(
  store: RowStore,
  compared: Compared,
  classes: RowClasses,
  score: number,
  options: StepOptions,
): Promise<number> {
  const found = await searchAbove(store, compared.clusters, score, 0, options).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof TooManyPairs) return error.count;
      throw error;
    },
  );
  // The computed score of a row and its copy.
  const view = store.view(Int32Array.from(classes.copies, ([first]) => first));
  const offsets = Float64Array.from({ length: classes.copies.length + 1 }, (_, i) => i);
  const itself = { queries: offsets, targets: offsets, earlier: false };
  const own = await options.kernels.search(view, view, itself, BEST, workFor(options));
  return classes.copies.reduce(
    (sum, rows, i) => (own.score[i] >= score ? sum : sum + classes.countCopyPairs(rows)),
    found,
  );
}

function countExpanded({ row, other }: Found, classes: RowClasses): number {
  if (classes.copies.length === 0) return row.length;
  const size = (rowClass: number): number => classes.rowsOf(rowClass)?.length ?? 1;
  let count = classes.copies.reduce((sum, rows) => sum + classes.countCopyPairs(rows), 0);
  for (let i = 0; i < row.length; i++) count += size(row[i]) * size(other[i]);
  return count;
}

const room = (count: number): Found => ({
  row: new Int32Array(count),
  other: new Int32Array(count),
  score: new Float32Array(count),
});

/** All pairs, including those of copies. */
function expand({ row, other, score }: Found, classes: RowClasses, count: number): SimilarPairs {
  const pairs = room(count);
  const { places } = classes;
  let at = 0;
  const add = (a: number, b: number, similarity: number): void => {
    const isLater = places[a] > places[b];
    pairs.row[at] = isLater ? a : b;
    pairs.other[at] = isLater ? b : a;
    pairs.score[at++] = similarity;
  };
  for (let i = 0; i < row.length; i++) {
    const own = classes.rowsOf(row[i]);
    const others = classes.rowsOf(other[i]);
    if (!own && !others) add(row[i], other[i], score[i]);
    else for (const a of own ?? [row[i]]) for (const b of others ?? [other[i]]) add(a, b, score[i]);
  }
  for (const rows of classes.copies)
    rows.forEach((a, i) => classes.isExempt(a) || rows.slice(0, i).forEach((b) => add(a, b, 1)));
  return { ...pairs, firstCopy: count };
}

/** Number of rows with the bytes of an earlier row that are not exempt. */
const countCopies = (classes: RowClasses): number =>
  classes.copies.reduce((sum, rows) => sum + rows.length - Math.max(1, classes.countExempt(rows)), 0);

/** The pairs of the first row of each class, then the pairs of the other rows with it. */
function withFirsts(found: Found, classes: RowClasses, count: number): SimilarPairs {
  const pairs = room(count);
  const firstCopy = found.row.length;
  pairs.row.set(found.row);
  pairs.other.set(found.other);
  pairs.score.set(found.score);
  pairs.score.fill(1, firstCopy);
  let at = firstCopy;
  for (const rows of classes.copies) {
    for (const row of rows.slice(1)) {
      if (classes.isExempt(row)) continue;
      pairs.row[at] = row;
      pairs.other[at++] = rows[0];
    }
  }
  return { ...pairs, firstCopy };
}
