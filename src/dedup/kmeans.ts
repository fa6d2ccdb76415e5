import { compactRows } from '../rows/compactRows.ts';
import type { RowStore } from '../rows/rowStore.ts';
import type { RowView } from '../rows/rowView.ts';
import { assignRows, countRows, type Assigned } from './assign.ts';
import { nearestCentroids } from './centroids.ts';
import { byRow, inKeptOrder, type RowCheckpoint } from './checkpoint.ts';
import { fitKmeans } from './fit.ts';
import { hashOrder } from './hashOrder.ts';
import { fitArrays, fitOf } from './tree/fitArrays.ts';
import { renumber, withCentroids } from './tree/fittedTree.ts';
import { fitTree, type TreeFit, type TreeOptions } from './tree/fitTree.ts';
import { chooseAlgorithm, type Algorithm } from './tree/work.ts';

export interface KmeansOptions extends TreeOptions {
  /** `lloyd` compares every row with every centroid; see `fitTree` for `hierarchical`. */
  readonly algorithm: Algorithm | 'auto';
  /** Rows the fit looks at. */
  readonly fitRows: number;
  /** Rows that will be assigned, which decides on the algorithm; default those of the store. */
  readonly totalRows?: number;
  /** Folder for what of the sample goes beyond the memory. */
  readonly directory: string;
  /** Keeps the fit and the labels. */
  readonly keep?: RowCheckpoint;
}

/** What k-means found. Through a tree, centroids are numbered branch after branch. */
export interface Kmeans extends TreeFit {
  readonly assigned: Assigned;
}

/** Rounds that give centroids without a row one, after the fit. */
const REPAIRS = 8;

/**
 * Fits on a sample chosen by hash, assigns all rows, and gives every centroid rows while rows differ enough. That depends on
 * the sample alone: a centroid with rows of the sample has rows.
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
  for (; repairs < REPAIRS && store.rows >= k; repairs++) {
    const moved = moveEmpty(store, hashes, sample, fit, assigned);
    if (!moved) break;
    const centroids = nearestCentroids(moved, store.dim);
    fit = fit.tree
      ? inTreeOrder({ ...fit, tree: await withCentroids(fit.tree, centroids, options) })
      : { ...fit, centroids };
    assigned = await assignRows(store, fit, options);
  }
  // First the fit that the labels are of.
  if (repairs > 0) keep?.checkpoint.save('fit', fitArrays(fit));
  keep?.checkpoint.save('labels', labelArrays(assigned, keep.order));
  return { ...fit, assigned };
}

const labelArrays = ({ centroid, cosineDistance, euclideanDistance }: Assigned, order: Int32Array) => ({
  centroid: inKeptOrder(centroid, order),
  cosineDistance: inKeptOrder(cosineDistance, order),
  euclideanDistance: inKeptOrder(euclideanDistance, order),
});

function labelsOf(kept: ReturnType<typeof labelArrays>, order: Int32Array, k: number): Assigned {
  const centroid = byRow(kept.centroid, order);
  return {
    centroid,
    cosineDistance: byRow(kept.cosineDistance, order),
    euclideanDistance: byRow(kept.euclideanDistance, order),
    counts: countRows(centroid, k),
  };
}

/** Fits on the rows listed. Those that kernels cannot keep at hand are read at each pass: in their order, they are faster read. */
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
  const size = { rows: options.totalRows ?? rows, sample: sample.count, k: options.k, dim: sample.store.dim };
  const algorithm = options.algorithm === 'auto' ? chooseAlgorithm(size) : options.algorithm;
  return algorithm === 'hierarchical'
    ? inTreeOrder(await fitTree(sample, options))
    : fitKmeans(sample, options);
}

/** The fit with the numbers of its tree's centroids. */
function inTreeOrder(fit: TreeFit): TreeFit {
  if (!fit.tree) return fit;
  const tree = renumber(fit.tree);
  return { ...fit, centroids: tree.centroids, tree };
}

/** Centroids with those without a row of the sample moved onto its rows that are farthest from theirs; undefined when there is nothing to move. */
function moveEmpty(
  store: RowStore,
  hashes: BigUint64Array,
  sample: Int32Array,
  { centroids }: TreeFit,
  assigned: Assigned,
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

/** At most `count` rows of the sample off their centroid, farthest first, by hash among equals. */
function farthestRows(
  { euclideanDistance }: Assigned,
  hashes: BigUint64Array,
  sample: Int32Array,
  count: number,
): number[] {
  const rows = Array.from(sample).filter((row) => euclideanDistance[row] > 1e-3);
  rows.sort((a, b) => euclideanDistance[b] - euclideanDistance[a] || (hashes[a] < hashes[b] ? -1 : 1));
  return rows.slice(0, count);
}
