import { invalidInputError } from '../errors.ts';
import type { RowView } from '../rows/rowView.ts';
import type { Best, Centroids, Pairs, SearchMode } from './kernels.ts';

/** Compares every query with every target. */
export const everything = (queries: number, targets: number): Pairs => ({
  queries: Float64Array.of(0, queries),
  targets: Float64Array.of(0, targets),
  earlier: false,
});

/** Compares every row with the rows before it in its range (cluster). */
export const earlierInRange = (offsets: Float64Array): Pairs => ({
  queries: offsets,
  targets: offsets,
  earlier: true,
});

/** Number of compared pairs of rows. */
export function countPairs({ queries, targets, earlier }: Pairs): number {
  let pairs = 0;
  for (let r = 0; r + 1 < queries.length; r++) {
    const rows = queries[r + 1] - queries[r];
    pairs += earlier ? (rows * (rows - 1)) / 2 : rows * (targets[r + 1] - targets[r]);
  }
  return pairs;
}

/** True for centroids, false for rows. */
export const isCentroids = (targets: RowView | Centroids): targets is Centroids => 'bias' in targets;

/**
 * Checks the arguments of a search.
 * @throws NearduckError (Invalid Input Error) for rows of different lengths, for ranges that do not exist,
 * and for invalid searches.
 */
export function checkSearch(
  queries: RowView,
  targets: RowView | Centroids,
  pairs: Pairs,
  mode: SearchMode,
): void {
  const [dim, rows] = isCentroids(targets) ? [targets.dim, targets.k] : [targets.store.dim, targets.count];
  if (queries.store.dim !== dim) {
    throw invalidInputError(`search: rows of ${queries.store.dim} and of ${dim} values do not match`);
  }
  checkOffsets('query', pairs.queries, queries.count);
  checkOffsets('target', pairs.targets, rows);
  if (pairs.queries.length !== pairs.targets.length) {
    throw invalidInputError(
      `search: ${pairs.queries.length} query offsets and ${pairs.targets.length} target offsets do not match`,
    );
  }
  checkMode(mode, queries.count);
}

function checkMode(mode: SearchMode, queries: number): void {
  if (mode.kind === 'top' && !(Number.isInteger(mode.k) && mode.k > 0)) {
    throw invalidInputError(`search: k is ${mode.k}, not a positive integer`);
  }
  if (mode.kind !== 'above') return;
  const { score, limit = 0 } = mode;
  if (typeof score === 'object' ? score.length !== queries : Number.isNaN(score)) {
    throw invalidInputError(
      typeof score === 'object'
        ? `search: ${score.length} scores and ${queries} queries do not match`
        : 'search: the score is NaN',
    );
  }
  if (!(limit >= 0)) throw invalidInputError(`search: limit is ${limit}, not a number of pairs`);
}

function checkOffsets(side: string, offsets: Float64Array, rows: number): void {
  for (let r = 0; r < offsets.length; r++) {
    if (offsets[r] >= (offsets[r - 1] ?? 0) && offsets[r] <= rows) continue;
    throw invalidInputError(
      `search: ${side} offset ${r} is ${offsets[r]}, not an ascending one up to ${rows}`,
    );
  }
}

/** An empty result of a search, in memory that threads share. */
export const noneFound = (rows: number): Best => ({
  score: new Float32Array(new SharedArrayBuffer(rows * 4)).fill(-Infinity),
  index: new Int32Array(new SharedArrayBuffer(rows * 4)).fill(-1),
});
