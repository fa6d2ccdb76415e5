import { compactRows } from '../rows/compactRows.ts';
import type { RowStore } from '../rows/rowStore.ts';
import type { RowView } from '../rows/rowView.ts';
import { assignRows, countRows, type Assignment } from './assign.ts';
import { nearestCentroids } from './centroids.ts';
import { fromSavedOrder, toSavedOrder, type RowCheckpoint } from './checkpoint.ts';
import { fitKmeans } from './fit.ts';
import { hashOrder } from './hashOrder.ts';
import { fitArrays, fitOf } from './tree/fitArrays.ts';
import { renumber, withCentroids } from './tree/fittedTree.ts';
import { fitTree, type TreeFit, type TreeOptions } from './tree/fitTree.ts';
import { chooseAlgorithm, nearCentroids, type Algorithm } from './tree/costModel.ts';

/** Options of k-means: a fit on a sample of the rows, then an assignment of all rows. */
export interface KmeansOptions extends TreeOptions {
  /** `lloyd` compares every row with every centroid. For `hierarchical`, see `fitTree`. */
  readonly algorithm: Algorithm | 'auto';
  /** Maximum number of rows in the sample for the fit. */
  readonly fitRows: number;
  /** Number of rows that will be assigned, which determines the algorithm. Default: the rows of the store. */
  readonly totalRows?: number;
  /** The folder for the part of the sample that exceeds the memory. */
  readonly directory: string;
  /** Saves the fit and the labels. */
  readonly keep?: RowCheckpoint;
}

/** The result of k-means. With a tree, centroids are numbered branch by branch. */
export interface Kmeans extends TreeFit {
  readonly assigned: Assignment;
}

/** Maximum number of rounds after the fit that give rows to empty centroids. */
const MAX_REPAIRS = 8;

/**
 * Fits on a sample chosen by hash, assigns all rows, and moves empty centroids until every centroid has rows,
 * as far as there are enough different rows. The moves depend only on the sample: a centroid with rows of the
 * sample is not empty.
 */
export async function kmeans(
  store: RowStore,
  hashes: BigUint64Array,
  options: KmeansOptions,
): Promise<Kmeans> {
  const { k, keep } = options;
  const sample = hashOrder(hashes, options.fitRows);
  const keptFit = keep?.checkpoint.load('fit');
  let fit = keptFit ? fitOf(keptFit, store.dim) : await fitSample(store, sample, options);
  if (!keptFit) keep?.checkpoint.save('fit', fitArrays(fit));
  const keptLabels = keep?.checkpoint.load('labels') as ReturnType<typeof labelArrays> | undefined;
  if (keptLabels) return { ...fit, assigned: labelsOf(keptLabels, keep!.order, k) };
  let assigned = await assignRows(store, fit, options);
  let repairs = 0;
  for (; repairs < MAX_REPAIRS && store.rows >= k; repairs++) {
    const moved = moveEmpty(store, hashes, sample, fit, assigned);
    if (!moved) break;
    const centroids = nearestCentroids(moved, store.dim);
    fit = fit.tree
      ? inTreeOrder({ ...fit, tree: await withCentroids(fit.tree, centroids, options) })
      : { ...fit, centroids };
    assigned = await assignRows(store, fit, options);
  }
  // Save the fit first, because the labels depend on it.
  if (repairs > 0) keep?.checkpoint.save('fit', fitArrays(fit));
  keep?.checkpoint.save('labels', labelArrays(assigned, keep.order));
  return { ...fit, assigned };
}

const labelArrays = ({ centroid, cosineDistance, euclideanDistance }: Assignment, order: Int32Array) => ({
  centroid: toSavedOrder(centroid, order),
  cosineDistance: toSavedOrder(cosineDistance, order),
  euclideanDistance: toSavedOrder(euclideanDistance, order),
});

function labelsOf(kept: ReturnType<typeof labelArrays>, order: Int32Array, k: number): Assignment {
  const centroid = fromSavedOrder(kept.centroid, order);
  return {
    centroid,
    cosineDistance: fromSavedOrder(kept.cosineDistance, order),
    euclideanDistance: fromSavedOrder(kept.euclideanDistance, order),
    counts: countRows(centroid, k),
  };
}

/**
 * Fits on the listed rows. Rows that do not fit in the memory of the kernels are read in each pass, so they
 * are first copied in their order, which is faster to read.
 */
async function fitSample(store: RowStore, list: Int32Array, options: KmeansOptions): Promise<TreeFit> {
  const { memory, directory } = options;
  const sample = store.view(list);
  if (sample.count * store.dim * 4 <= memory) return fitView(sample, store.rows, options);
  const compact = compactRows(sample, { memoryLimit: memory, directory });
  try {
    return await fitView(compact.view(), store.rows, options);
  } finally {
    compact.close();
  }
}

async function fitView(sample: RowView, rows: number, options: KmeansOptions): Promise<TreeFit> {
  const size = {
    rows: options.totalRows ?? rows,
    sample: sample.count,
    k: options.k,
    dim: sample.store.dim,
    hasNear: nearCentroids(sample.count, options.kernels) > 0,
  };
  const algorithm = options.algorithm === 'auto' ? chooseAlgorithm(size) : options.algorithm;
  return algorithm === 'hierarchical'
    ? inTreeOrder(await fitTree(sample, options))
    : fitKmeans(sample, options);
}

/** Numbers the centroids of the fit in the order of its tree. */
function inTreeOrder(fit: TreeFit): TreeFit {
  if (!fit.tree) return fit;
  const tree = renumber(fit.tree);
  return { ...fit, centroids: tree.centroids, tree };
}

/**
 * Moves centroids without a row of the sample to the rows of the sample that are farthest from their own
 * centroids. Returns undefined when no centroid can be moved.
 */
function moveEmpty(
  store: RowStore,
  hashes: BigUint64Array,
  sample: Int32Array,
  { centroids }: TreeFit,
  assigned: Assignment,
): Float32Array | undefined {
  const counts = countRows(assigned.centroid, centroids.k, sample);
  const empty = [...counts.keys()].filter((c) => counts[c] === 0);
  if (empty.length === 0) return undefined;
  const far = farthestRows(assigned, hashes, sample, empty.length);
  if (far.length === 0) return undefined;
  const values = centroids.values.slice();
  far.forEach((row, i) => {
    store.copy(row, row + 1, values.subarray(empty[i] * store.dim, (empty[i] + 1) * store.dim));
  });
  return values;
}

/**
 * At most `count` rows of the sample that differ from their centroid, farthest first; ties are ordered by
 * hash.
 */
function farthestRows(
  { euclideanDistance }: Assignment,
  hashes: BigUint64Array,
  sample: Int32Array,
  count: number,
): number[] {
  const rows = Array.from(sample).filter((row) => euclideanDistance[row] > 1e-3);
  rows.sort((a, b) => euclideanDistance[b] - euclideanDistance[a] || (hashes[a] < hashes[b] ? -1 : 1));
  return rows.slice(0, count);
}
