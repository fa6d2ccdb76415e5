import type { Best, Centroids, SearchMode, SearchResult } from '../kernels/kernels.ts';
import { everything } from '../kernels/pairs.ts';
import type { RowStore } from '../rows/rowStore.ts';
import { squaredNorm } from './centroids.ts';
import { BEST, workFor, type StepOptions } from './step.ts';
import { sortIntoBranches } from './tree/branchRows.ts';
import type { Branches } from './tree/fittedTree.ts';
import { searchReach } from './tree/reachSearch.ts';

/** The columns of `kmeans`, by row of the store. */
export interface Assignment {
  readonly centroid: Int32Array;
  /** 1 − cosine of the row and its centroid, in [0, 2]. */
  readonly cosineDistance: Float32Array;
  /** Euclidean distance to the centroid, which is not normalised. */
  readonly euclideanDistance: Float32Array;
  /** Number of rows per centroid. */
  readonly counts: Float64Array;
}

/**
 * Assigns every row of the store to its nearest centroid. With a tree, only the centroids that the row's
 * branch reaches are compared.
 */
export async function assignRows(
  store: RowStore,
  { centroids, tree }: { readonly centroids: Centroids; readonly tree?: Branches },
  options: StepOptions,
): Promise<Assignment> {
  const { rows } = store;
  const report = (done: number): void => options.progress({ step: 'assign', done, total: rows });
  report(0);
  const found = tree
    ? await searchTree(store, tree, options, report)
    : await searchAll(store, centroids, BEST, options, report);
  report(rows);
  return assignment(store, centroids, found);
}

/** The assignment of every row of the store to the centroid that a search found. */
function assignment(store: RowStore, centroids: Centroids, found: Best): Assignment {
  const assigned: Assignment = {
    centroid: new Int32Array(found.index),
    cosineDistance: new Float32Array(store.rows),
    euclideanDistance: new Float32Array(store.rows),
    counts: countRows(found.index, centroids.k),
  };
  new Distances(centroids).measure(store, found, assigned);
  return assigned;
}

/**
 * Finds the `perRow` nearest centroids of every row of the store, nearest first, and assigns each row to the
 * first.
 */
export async function assignToNearest(
  store: RowStore,
  centroids: Centroids,
  perRow: number,
  options: StepOptions,
): Promise<{ readonly assigned: Assignment; readonly nearest: Best }> {
  const { rows } = store;
  const report = (done: number): void => options.progress({ step: 'assign', done, total: rows });
  report(0);
  const top = await searchAll(store, centroids, { kind: 'top', k: perRow }, options, report);
  report(rows);
  const first: Best = { score: new Float32Array(rows), index: new Int32Array(rows) };
  for (let row = 0; row < rows; row++) {
    first.score[row] = top.score[row * perRow];
    first.index[row] = top.index[row * perRow];
  }
  return { assigned: assignment(store, centroids, first), nearest: top };
}

/** Number of rows per centroid, of all rows or of those in `list`. */
export function countRows(centroid: Int32Array, k: number, list?: Int32Array): Float64Array {
  const counts = new Float64Array(k);
  if (list) for (const row of list) counts[centroid[row]]++;
  else for (const c of centroid) counts[c]++;
  return counts;
}

function searchAll<M extends SearchMode>(
  store: RowStore,
  centroids: Centroids,
  mode: M,
  options: StepOptions,
  report: (rows: number) => void,
): Promise<SearchResult<M>> {
  const { k } = centroids;
  const work = workFor(options, (pairs) => report(Math.floor(pairs / k)));
  return options.kernels.search(store.view(), centroids, everything(store.rows, k), mode, work);
}

/**
 * Assigns rows by way of their branches. Finding the branches is a small part of the work and is not reported
 * as progress.
 */
async function searchTree(
  store: RowStore,
  { centroids, directions, reach }: Branches,
  options: StepOptions,
  report: (rows: number) => void,
): Promise<Best> {
  const sorted = await sortIntoBranches(store.view(), directions, options, () => report(0));
  const { score, index } = await searchReach(sorted, centroids, reach, options, report);
  const found: Best = { score: new Float32Array(store.rows), index: new Int32Array(store.rows) };
  sorted.numbers.forEach((row, i) => {
    found.score[row] = score[i];
    found.index[row] = index[i];
  });
  return found;
}

/** Below this, ‖x‖² − 2 x·c + ‖c‖² loses its significant digits, so the difference is summed instead. */
const MIN_ACCURATE_SQUARE = 1e-3;

/** Computes the distances of rows to their centroids from the dot products of the backend. */
class Distances {
  readonly #centroids: Centroids;
  readonly #norms: Float64Array;
  readonly #row: Float32Array;

  constructor(centroids: Centroids) {
    this.#centroids = centroids;
    this.#norms = Float64Array.from({ length: centroids.k }, (_, c) =>
      squaredNorm(centroids.values, c, centroids.dim),
    );
    this.#row = new Float32Array(centroids.dim);
  }

  measure(store: RowStore, { index, score }: Best, into: Assignment): void {
    for (let row = 0; row < index.length; row++) {
      const norm = this.#norms[index[row]];
      const squared = 1 - 2 * score[row] + norm;
      const exact = squared < MIN_ACCURATE_SQUARE ? this.#difference(store, row, index[row]) : squared;
      into.euclideanDistance[row] = Math.sqrt(exact);
      into.cosineDistance[row] = norm > 0 ? Math.max(0, 1 - score[row] / Math.sqrt(norm)) : 1;
    }
  }

  #difference(store: RowStore, row: number, c: number): number {
    const { dim, values } = this.#centroids;
    store.copy(row, row + 1, this.#row);
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += (this.#row[i] - values[c * dim + i]) ** 2;
    return sum;
  }
}
