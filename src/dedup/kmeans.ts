import { compactRows } from '../rows/compactRows.ts';
import type { RowStore } from '../rows/rowStore.ts';
import type { RowView } from '../rows/rowView.ts';
import { assignRows, type Assigned } from './assign.ts';
import { nearestCentroids } from './centroids.ts';
import { fitKmeans } from './fit.ts';
import { hashOrder } from './hashOrder.ts';
import { renumber, withCentroids } from './tree/fittedTree.ts';
import { fitTree, type TreeFit, type TreeOptions } from './tree/fitTree.ts';
import { chooseAlgorithm, type Algorithm } from './tree/work.ts';

export interface KmeansOptions extends TreeOptions {
  /** `lloyd` compares every row with every centroid; see `fitTree` for `hierarchical`. */
  readonly algorithm: Algorithm | 'auto';
  /** Rows the fit looks at. */
  readonly fitRows: number;
  /** Folder for what of the sample goes beyond the memory. */
  readonly directory: string;
}

/** What k-means found. Through a tree, centroids are numbered branch after branch. */
export interface Kmeans extends TreeFit {
  readonly assigned: Assigned;
}

/** Rounds that give centroids without a row one, after the fit. */
const REPAIRS = 8;

/** Fits on a sample chosen by hash, assigns all rows, and gives every centroid rows while rows differ enough. */
export async function kmeans(
  store: RowStore,
  hashes: BigUint64Array,
  options: KmeansOptions,
): Promise<Kmeans> {
  let fit = await fitSample(store, hashOrder(hashes, options.fitRows), options);
  let assigned = await assignRows(store, fit, options);
  for (let i = 0; i < REPAIRS && store.rows >= options.k; i++) {
    const moved = moveEmpty(store, hashes, fit, assigned);
    if (!moved) break;
    const centroids = nearestCentroids(moved, store.dim);
    fit = fit.tree
      ? inTreeOrder({ ...fit, tree: await withCentroids(fit.tree, centroids, options) })
      : { ...fit, centroids };
    assigned = await assignRows(store, fit, options);
  }
  return { ...fit, assigned };
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
  const size = { rows, sample: sample.count, k: options.k, dim: sample.store.dim };
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

/** Centroids with the empty ones moved onto the rows farthest from theirs; undefined when there is nothing to move. */
function moveEmpty(
  store: RowStore,
  hashes: BigUint64Array,
  { centroids }: TreeFit,
  assigned: Assigned,
): Float32Array | undefined {
  const empty = [...assigned.counts.keys()].filter((c) => assigned.counts[c] === 0);
  if (empty.length === 0) return undefined;
  const far = farthestRows(assigned, hashes, empty.length);
  if (far.length === 0) return undefined;
  const values = centroids.values.slice();
  far.forEach((row, i) => {
    store.copy(row, row + 1, values.subarray(empty[i] * store.dim, (empty[i] + 1) * store.dim));
  });
  return values;
}

/** At most `count` rows off their centroid, farthest first, by hash among equals. */
function farthestRows({ euclideanDistance }: Assigned, hashes: BigUint64Array, count: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < hashes.length; row++) if (euclideanDistance[row] > 1e-3) rows.push(row);
  rows.sort((a, b) => euclideanDistance[b] - euclideanDistance[a] || (hashes[a] < hashes[b] ? -1 : 1));
  return rows.slice(0, count);
}
