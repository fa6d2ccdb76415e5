import { TooManyPairs } from '../../kernels/above.ts';
import type { Above } from '../../kernels/kernels.ts';
import { countPairs, earlierInRange } from '../../kernels/pairs.ts';
import type { RowStore } from '../../rows/rowStore.ts';
import { BEST, workOf, type StepOptions } from '../step.ts';
import {
  comparedWhere,
  countCompared,
  joined,
  type ComparedMembers,
  type ComparedRows,
  type RankedRows,
} from './clusterOrder.ts';
import { Kinds } from './kinds.ts';

/** Pairs of rows that are similar enough, each once. */
export interface SimilarPairs {
  readonly row: Int32Array;
  /** The one ranked before. */
  readonly other: Int32Array;
  /** Cosine, at most 1; exactly 1 for equal rows. */
  readonly score: Float32Array;
  /** Pairs from this number on are of a row with the first one that has the same bytes; their number where copies are pairs like others. */
  readonly firstCopy: number;
}

/** The rows to compare. */
export interface Compared extends RankedRows {
  readonly clusters: ComparedRows;
}

/** Which pairs are wanted. */
export interface WantedPairs {
  /** The least cosine. */
  readonly score: number;
  /** More pairs than that are an error. */
  readonly limit: number;
  /** False: of rows with the same bytes only the first has pairs, and each other one a pair with it. */
  readonly copies: boolean;
}

/** Without pairs of copies, so many pairs may be found for one. */
const FOUND_PER_PAIR = 3;

/**
 * Every pair of rows of a cluster with a cosine of at least `score`, but for pairs of rows that stay. Rows with the same bytes
 * are compared with others once, and are similar to each other by definition.
 * @throws TooManyPairs for more than `limit` of them, with their exact number; where clusters overlap, a pair may count once per
 * cluster that has both rows, and without `copies` once per kind of rows.
 */
export async function similarPairs(
  store: RowStore,
  compared: Compared,
  { score, limit, copies }: WantedPairs,
  options: StepOptions,
): Promise<SimilarPairs> {
  const { clusters, order } = compared;
  const kinds = new Kinds(store, compared);
  const firsts = comparedWhere(clusters, (row) => kinds.isFirst(row));
  // A pair is found in each cluster that has both rows.
  const most =
    limit * mostClusters(clusters, order.length) * (copies || !kinds.haveTwins ? 1 : FOUND_PER_PAIR);
  let above: Found;
  try {
    above = await searchAbove(store, firsts, score, most, options);
  } catch (error) {
    if (!(error instanceof TooManyPairs) || kinds.copies.length === 0 || !copies || clusters.places)
      throw error;
    throw new TooManyPairs(await countAll(store, compared, kinds, score, options), limit);
  }
  let found = clusters.places ? eachOnce(above, order.length) : above;
  if (kinds.haveTwins) {
    found = pairsWhere(found, (row, other) =>
      copies ? !kinds.areTwins(row, other) : kinds.standsForTwins(row, other),
    );
  }
  const count = copies ? countExpanded(found, kinds) : found.row.length + countCopies(kinds);
  if (count > limit) throw new TooManyPairs(count, limit);
  return copies ? expand(found, kinds, count) : withFirsts(found, kinds, count);
}

/** Clusters that a row is in at most. */
function mostClusters({ rows, places }: ComparedRows, count: number): number {
  if (!places) return 1;
  const clusters = new Int32Array(count);
  let most = 1;
  for (const row of rows) most = Math.max(most, ++clusters[row]);
  return most;
}

type Found = Pick<SimilarPairs, 'row' | 'other' | 'score'>;

/** The pairs of a search. */
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

/** Each pair once, of so many rows. */
function eachOnce({ row, other, score }: Found, rows: number): Found {
  const starts = new Float64Array(rows + 1);
  for (const r of row) starts[r + 1]++;
  for (let r = 0; r < rows; r++) starts[r + 1] += starts[r];
  const sorted = new Int32Array(row.length);
  row.forEach((r, i) => (sorted[starts[r]++] = i));
  // By row, the one it was seen in a pair with last.
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

/** @throws TooManyPairs with the exact number. */
async function searchAbove(
  store: RowStore,
  compared: ComparedMembers,
  score: number,
  limit: number,
  options: StepOptions,
): Promise<Found> {
  const { rows, offsets, staying } = compared;
  const total = countCompared(compared);
  let before = 0;
  const report = (done: number): void =>
    options.progress({ step: 'similar pairs', done: before + done, total, detail: 'pairs of rows' });
  report(0);
  const view = store.view(rows);
  const searches = [{ rows, targets: view, pairs: earlierInRange(offsets) }];
  if (staying) {
    const pairs = { queries: offsets, targets: staying.offsets, earlier: false };
    searches.push({ rows: staying.rows, targets: store.view(staying.rows), pairs });
  }
  const found: Found[] = [];
  let count = 0;
  for (const { rows: others, targets, pairs } of searches) {
    const want = { kind: 'above', score, limit: Math.max(0, limit - count) } as const;
    try {
      const above = await options.kernels.search(view, targets, pairs, want, workOf(options, report));
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
  return { row: joined(earlier.row, first.row), other: joined(earlier.other, first.other), score: scores };
}

/** The number of pairs when not even those of different rows fit: all rows are compared, and equal ones added that fall short. */
async function countAll(
  store: RowStore,
  compared: Compared,
  kinds: Kinds,
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
  // What arithmetic makes of a row and its copy.
  const view = store.view(Int32Array.from(kinds.copies, ([first]) => first));
  const offsets = Float64Array.from({ length: kinds.copies.length + 1 }, (_, i) => i);
  const itself = { queries: offsets, targets: offsets, earlier: false };
  const own = await options.kernels.search(view, view, itself, BEST, workOf(options));
  return kinds.copies.reduce(
    (sum, rows, i) => (own.score[i] >= score ? sum : sum + kinds.pairsOfCopies(rows)),
    found,
  );
}

function countExpanded({ row, other }: Found, kinds: Kinds): number {
  if (kinds.copies.length === 0) return row.length;
  const size = (kind: number): number => kinds.rowsOf(kind)?.length ?? 1;
  let count = kinds.copies.reduce((sum, rows) => sum + kinds.pairsOfCopies(rows), 0);
  for (let i = 0; i < row.length; i++) count += size(row[i]) * size(other[i]);
  return count;
}

const room = (count: number): Found => ({
  row: new Int32Array(count),
  other: new Int32Array(count),
  score: new Float32Array(count),
});

/** All pairs, those of copies too. */
function expand({ row, other, score }: Found, kinds: Kinds, count: number): SimilarPairs {
  const pairs = room(count);
  const { places } = kinds;
  let at = 0;
  const add = (a: number, b: number, similarity: number): void => {
    const isLater = places[a] > places[b];
    pairs.row[at] = isLater ? a : b;
    pairs.other[at] = isLater ? b : a;
    pairs.score[at++] = similarity;
  };
  for (let i = 0; i < row.length; i++) {
    const own = kinds.rowsOf(row[i]);
    const others = kinds.rowsOf(other[i]);
    if (!own && !others) add(row[i], other[i], score[i]);
    else for (const a of own ?? [row[i]]) for (const b of others ?? [other[i]]) add(a, b, score[i]);
  }
  for (const rows of kinds.copies)
    rows.forEach((a, i) => kinds.stays(a) || rows.slice(0, i).forEach((b) => add(a, b, 1)));
  return { ...pairs, firstCopy: count };
}

/** Rows that have the bytes of an earlier one and do not stay. */
const countCopies = (kinds: Kinds): number =>
  kinds.copies.reduce((sum, rows) => sum + rows.length - Math.max(1, kinds.stayingOf(rows)), 0);

/** Pairs of the first of each kind, then those of the others with it. */
function withFirsts(found: Found, kinds: Kinds, count: number): SimilarPairs {
  const pairs = room(count);
  const firstCopy = found.row.length;
  pairs.row.set(found.row);
  pairs.other.set(found.other);
  pairs.score.set(found.score);
  pairs.score.fill(1, firstCopy);
  let at = firstCopy;
  for (const rows of kinds.copies) {
    for (const row of rows.slice(1)) {
      if (kinds.stays(row)) continue;
      pairs.row[at] = row;
      pairs.other[at++] = rows[0];
    }
  }
  return { ...pairs, firstCopy };
}
