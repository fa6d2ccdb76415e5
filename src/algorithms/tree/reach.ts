import type { BranchRows } from './branchRows.ts';
import type { CentroidTree } from './centroidTree.ts';
import { minReach, maxReach } from './costModel.ts';

/**
 * A branch reaches this many times as many centroids as its rows were nearest to last time, because rows may
 * find better ones.
 */
const MORE = 1.5;

/**
 * The centroids that the rows of each branch are compared with: for branch b, `centroids[offsets[b]]` to
 * `centroids[offsets[b + 1] − 1]`.
 */
export interface Reach {
  readonly offsets: Float64Array;
  /** Numbers of centroids, ascending in each branch. */
  readonly centroids: Int32Array;
}

/**
 * Computes the reach of each branch: its own centroids, then the centroids that most of its rows were nearest
 * to, then centroids near these rows. `label` is the nearest centroid of each row, −1 if unknown.
 */
export function reachOf(tree: CentroidTree, rows: BranchRows, label: Int32Array): Reach {
  const { k } = tree.centroids;
  const most = maxReach(k);
  const counts = new Int32Array(k);
  const lists: Int32Array[] = [];
  for (let b = 0; b + 1 < rows.offsets.length; b++) {
    const seen: number[] = [];
    for (let i = rows.offsets[b]; i < rows.offsets[b + 1]; i++) {
      const c = label[rows.numbers[i]];
      if (c >= 0 && counts[c]++ === 0) seen.push(c);
    }
    sortByCount(seen, counts);
    const reached = new Set(tree.numbers.subarray(tree.offsets[b], tree.offsets[b + 1]));
    for (const c of seen) if (reached.size < most) reached.add(c);
    const wanted = Math.min(most, Math.max(minReach(k), Math.ceil(reached.size * MORE)));
    addNearest(reached, wanted, tree, meanOf(tree, b, seen, counts));
    for (const c of seen) counts[c] = 0;
    lists.push(Int32Array.from(reached).sort());
  }
  return concatenated(lists);
}

/**
 * Sorts centroids by number of rows, descending; ties ascend by number. Sorting numbers is much faster than
 * sorting with a comparison function.
 */
function sortByCount(seen: number[], counts: Int32Array): void {
  const keys = Float64Array.from(seen, (c) => c - counts[c] * 2 ** 31).sort();
  keys.forEach((key, i) => (seen[i] = ((key % 2 ** 31) + 2 ** 31) % 2 ** 31));
}

/** Adds the tree's centroids to their own branches, wherever they were before. */
export function withOwn({ offsets, centroids }: Reach, tree: CentroidTree): Reach {
  const lists: Int32Array[] = [];
  for (let b = 0; b + 1 < offsets.length; b++) {
    const own = tree.numbers.subarray(tree.offsets[b], tree.offsets[b + 1]);
    const reached = new Set([...centroids.subarray(offsets[b], offsets[b + 1]), ...own]);
    lists.push(Int32Array.from(reached).sort());
  }
  return concatenated(lists);
}

/** The approximate mean of a branch's rows, from their labels. Without labels, the branch's direction. */
function meanOf(
  { centroids: { dim, values }, directions }: CentroidTree,
  branch: number,
  seen: readonly number[],
  counts: Int32Array,
): Float64Array {
  if (seen.length === 0) {
    return Float64Array.from(directions.values.subarray(branch * dim, (branch + 1) * dim));
  }
  const mean = new Float64Array(dim);
  const rows = seen.reduce((sum, c) => sum + counts[c], 0);
  for (const c of seen) {
    for (let i = 0; i < dim; i++) mean[i] += (counts[c] / rows) * values[c * dim + i];
  }
  return mean;
}

/** Adds the centroids nearest to a point until there are `wanted`; ties ascend by number. */
function addNearest(
  reached: Set<number>,
  wanted: number,
  { centroids: { k, dim, values, bias } }: CentroidTree,
  point: Float64Array,
): void {
  const open = wanted - reached.size;
  if (open <= 0) return;
  // Half the squared distance, minus a constant.
  const distances = new Float64Array(k).fill(Infinity);
  for (let c = 0; c < k; c++) {
    if (reached.has(c)) continue;
    const from = c * dim;
    let distance = -bias[c];
    for (let i = 0; i < dim; i++) distance -= point[i] * values[from + i];
    distances[c] = distance;
  }
  const last = distances.slice().sort()[open - 1];
  for (let c = 0; c < k; c++) if (distances[c] < last) reached.add(c);
  for (let c = 0; c < k && reached.size < wanted; c++) if (distances[c] === last) reached.add(c);
}

function concatenated(lists: readonly Int32Array[]): Reach {
  const offsets = new Float64Array(lists.length + 1);
  lists.forEach((list, b) => (offsets[b + 1] = offsets[b] + list.length));
  const centroids = new Int32Array(offsets[lists.length]);
  lists.forEach((list, b) => centroids.set(list, offsets[b]));
  return { offsets, centroids };
}
