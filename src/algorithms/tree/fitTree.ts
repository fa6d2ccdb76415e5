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
import { partRows, usesBranches } from './costModel.ts';

/**
 * Tolerance of the earlier iterations, as a multiple of `tol`. Iterating further costs more than all
 * iterations before, and improves the inertia by half a percent.
 */
const TOLERANCE = 20;

/**
 * Maximum relative increase of the inertia caused by branches. Above it, rows are compared with all
 * centroids. With all labels known, the increase is about half of this.
 */
const MAX_LOSS = 0.007;

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
 * Hierarchical k-means: the first Lloyd iterations use a part of the sample, and rows are compared with the
 * centroids that their branch reaches.
 */
export async function fitTree(sample: RowView, options: TreeOptions): Promise<TreeFit> {
  const { k, maxIter } = options;
  let branches = options.branches ?? usesBranches({ sample: sample.count, k, dim: sample.store.dim });
  const early = { ...options, tol: options.tol * TOLERANCE };
  let start = await initialState(sample, options);
  let done = 0;
  const rows = partRows(sample.count, k);
  if (rows > 0 && maxIter > 1) {
    const { state } = start;
    const part = { ...start, state: { ...state, label: state.label.slice(0, rows) } };
    const first = new Stage(sliceView(sample, 0, rows), { ...early, maxIter: maxIter - 1 }, branches);
    const end = await first.iterate(part);
    state.label.set(end.state.label);
    start = { centroids: end.centroids.values, state };
    done = end.iterations;
    branches = first.branches;
  }
  const last = new Stage(sample, early, branches);
  const { centroids, iterations, inertia, state } = await last.iterate(start, done);
  return { centroids, iterations, inertia, tree: await last.tree(centroids, state.label) };
}

/** Iterations over a number of rows of the sample. */
class Stage {
  readonly #rows: RowView;
  readonly #options: TreeOptions;
  #passes: TreePasses | undefined;
  /**
   * True while rows are compared by way of branches. It becomes false when branches lose too much, unless the
   * options set it.
   */
  branches: boolean;

  constructor(rows: RowView, options: TreeOptions, branches: boolean) {
    this.#rows = rows;
    this.#options = options;
    this.branches = branches;
  }

  /**
   * Iterates from a start in which the first rows may have labels. If no row has one, all are first compared
   * with all centroids.
   */
  iterate(start: Start, done = 0): Promise<LloydEnd> {
    const flat = flatPass(this.#rows, this.#options);
    const pass = async (centroids: Centroids, state: LloydState): Promise<void> => {
      const isFirst = state.label.every((c) => c < 0);
      const passes = isFirst ? undefined : await this.#through(centroids, state.label);
      await (passes ? passes.pass(centroids, state, this.#options) : flat(centroids, state));
    };
    const rows = `${this.#rows.count.toLocaleString('en-US')} rows`;
    const progress: ProgressListener = (event) =>
      this.#options.progress({
        ...event,
        detail: `${event.detail}, ${rows}${this.branches ? ' through branches' : ''}`,
      });
    return iterate(this.#rows, start, { ...this.#options, progress }, pass, done);
  }

  /** The tree of the final centroids. */
  async tree(centroids: Centroids, label: Int32Array): Promise<FittedTree | undefined> {
    const passes = await this.#through(centroids, label);
    if (!passes || (await this.#losesMuch(passes, centroids, label))) return undefined;
    return passes.tree(centroids, label, this.#options);
  }

  /** Returns the branches, unless they lose too much. */
  async #through(centroids: Centroids, label: Int32Array): Promise<TreePasses | undefined> {
    if (!this.branches || this.#passes) return this.#passes;
    const passes = await TreePasses.over(this.#rows, centroids, this.#options);
    this.branches = !(await this.#losesMuch(passes, centroids, label));
    return (this.#passes = this.branches ? passes : undefined);
  }

  async #losesMuch(passes: TreePasses, centroids: Centroids, label: Int32Array): Promise<boolean> {
    if (this.#options.branches) return false;
    return (await passes.loss(centroids, label, this.#options)) > MAX_LOSS;
  }
}
