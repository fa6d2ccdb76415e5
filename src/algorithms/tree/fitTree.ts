import type { Centroids, LloydState } from '../../kernels/kernels.ts';
import type { ProgressListener } from '../../progress.ts';
import { sliceView, type RowView } from '../../rows/rowView.ts';
import {
  flatPass,
  iterate,
  initialState,
  type Fit,
  type FitOptions,
  type LloydEnd,
  type Start,
} from '../fit.ts';
import type { FittedTree } from './fittedTree.ts';
import { TreePasses } from './treePasses.ts';
import { branchesCostLess, nearCentroids, partRows, usesBranches } from './costModel.ts';

/**
 * The iterations end earlier than flat ones, at this multiple of `tol`. Iterating further costs more than it
 * improves the inertia.
 */
const TOLERANCE = 10;

/**
 * Iterations in which all rows are compared with all centroids again. In those between, rows are compared
 * with the centroids that were near before. From the last on, centroids move little.
 */
const REFRESHES: readonly number[] = [3, 6, 10];

/**
 * Maximum relative increase of the inertia caused by branches, in the fit (where later iterations repair some
 * of it) and in the assignment. Above it, rows are compared with all centroids.
 */
const MAX_LOSS = 0.007;
const MAX_ASSIGNMENT_LOSS = 0.003;

/** Options of a fit that may use branches. */
export interface TreeOptions extends FitOptions {
  /**
   * True to compare rows only with the centroids that their branch reaches. Default: when this saves work and
   * loses little.
   */
  readonly branches?: boolean;
}

/** The result of a hierarchical fit. It has no tree when rows were compared with all centroids. */
export interface TreeFit extends Fit {
  readonly tree?: FittedTree;
}

/**
 * Hierarchical k-means: the first Lloyd iterations use a part of the sample, and most iterations compare a
 * row only with centroids that were near it before, or with those that its branch reaches.
 */
export async function fitTree(sample: RowView, options: TreeOptions): Promise<TreeFit> {
  const { k, maxIter } = options;
  const nearCount = nearCentroids(sample.count, options.kernels);
  const size = { sample: sample.count, k, dim: sample.store.dim, hasNear: nearCount > 0 };
  let branches = options.branches ?? usesBranches(size);
  const prefersBranches = options.branches ?? branchesCostLess(size);
  const near =
    nearCount > 0 ? new Int32Array(new SharedArrayBuffer(sample.count * nearCount * 4)).fill(-1) : undefined;
  const memory = Math.max(0, options.memory - (near?.byteLength ?? 0));
  const early = { ...options, memory, tol: options.tol * TOLERANCE };
  const { centroids: initial, state } = await initialState(sample, options);
  let start: Start = { centroids: initial, state: { ...state, near } };
  let done = 0;
  const rows = partRows(sample.count, k);
  if (rows > 0 && maxIter > 1) {
    const label = state.label.slice(0, rows);
    const part = { ...start, state: { ...state, label, near: near?.subarray(0, rows * nearCount) } };
    const first = new Stage(
      sliceView(sample, 0, rows),
      { ...early, maxIter: maxIter - 1 },
      branches,
      prefersBranches,
    );
    const end = await first.iterate(part);
    state.label.set(end.state.label);
    start = { ...start, centroids: end.centroids.values };
    done = end.iterations;
    branches = first.branches;
  }
  const last = new Stage(sample, early, branches, prefersBranches);
  const { centroids, iterations, inertia } = await last.iterate(start, done);
  return { centroids, iterations, inertia, tree: await last.tree(centroids, state.label) };
}

/** Iterations over a number of rows of the sample. */
class Stage {
  readonly #rows: RowView;
  readonly #options: TreeOptions;
  readonly #prefersBranches: boolean;
  #passes: TreePasses | undefined;
  /**
   * True while rows may be compared by way of branches. It becomes false when branches lose too much, unless
   * the options set it.
   */
  branches: boolean;

  /**
   * With `prefersBranches`, iterations compare rows by way of branches also if the backend knows near
   * centroids.
   */
  constructor(rows: RowView, options: TreeOptions, branches: boolean, prefersBranches: boolean) {
    this.#rows = rows;
    this.#options = options;
    this.branches = branches;
    this.#prefersBranches = prefersBranches;
  }

  /**
   * Iterates from a start in which the first rows may have labels. If no row has one, all are first compared
   * with all centroids.
   */
  iterate(start: Start, done = 0): Promise<LloydEnd> {
    const flat = flatPass(this.#rows, this.#options);
    let iteration = done;
    let isThrough = false;
    const pass = async (centroids: Centroids, state: LloydState): Promise<void> => {
      const isFirst = state.label.every((c) => c < 0);
      const passes =
        isFirst || (state.near && state.near[0] >= 0 && !this.#prefersBranches)
          ? undefined
          : await this.#through(centroids, state.label);
      isThrough = passes !== undefined;
      if (REFRESHES.includes(++iteration)) state.near?.fill(-1);
      await (passes ? passes.pass(centroids, state, this.#options) : flat(centroids, state));
    };
    const rows = `${this.#rows.count.toLocaleString('en-US')} rows`;
    const progress: ProgressListener = (event) =>
      this.#options.progress({
        ...event,
        detail: `${event.detail}, ${rows}${isThrough ? ' through branches' : ''}`,
      });
    return iterate(this.#rows, start, { ...this.#options, progress }, pass, done);
  }

  /** The tree of the final centroids. */
  async tree(centroids: Centroids, label: Int32Array): Promise<FittedTree | undefined> {
    const passes = await this.#through(centroids, label);
    if (!passes || (await this.#loses(MAX_ASSIGNMENT_LOSS, passes, centroids, label))) return undefined;
    return passes.tree(centroids, label, this.#options);
  }

  /** Returns the branches, unless they lose too much. */
  async #through(centroids: Centroids, label: Int32Array): Promise<TreePasses | undefined> {
    if (!this.branches || this.#passes) return this.#passes;
    const passes = await TreePasses.over(this.#rows, centroids, this.#options);
    this.branches = !(await this.#loses(MAX_LOSS, passes, centroids, label));
    return (this.#passes = this.branches ? passes : undefined);
  }

  /** Returns true when branches lose more than `most`, unless the options demand them. */
  async #loses(most: number, passes: TreePasses, centroids: Centroids, label: Int32Array): Promise<boolean> {
    if (this.#options.branches) return false;
    return (await passes.loss(centroids, label, this.#options)) > most;
  }
}
