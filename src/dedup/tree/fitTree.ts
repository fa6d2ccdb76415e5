import type { Centroids, LloydState } from '../../kernels/kernels.ts';
import type { ProgressListener } from '../../progress.ts';
import { sliceView, type RowView } from '../../rows/rowView.ts';
import { flatPass, iterate, startOf, type Fit, type FitOptions, type LloydEnd, type Start } from '../fit.ts';
import type { FittedTree } from './fittedTree.ts';
import { TreePasses } from './treePasses.ts';
import { partRows, usesBranches } from './work.ts';

/** How much earlier iterations end, as a multiple of `tol`: other iterations, or other rows, would undo the last gains. */
const PART_TOLERANCE = 20;
const TOLERANCE = 20;

export interface TreeOptions extends FitOptions {
  /** Whether rows meet only the centroids that their branch reaches; by default where that saves work. */
  readonly branches?: boolean;
}

/** What a hierarchical fit returns: without a tree where rows met all centroids. */
export interface TreeFit extends Fit {
  readonly tree?: FittedTree;
}

/**
 * Hierarchical k-means: Lloyd iterations that look at a part of the sample first, and in which rows meet the centroids that
 * their branch reaches.
 */
export async function fitTree(sample: RowView, options: TreeOptions): Promise<TreeFit> {
  const { k, maxIter } = options;
  const { branches = usesBranches({ sample: sample.count, k, dim: sample.store.dim }) } = options;
  let start = await startOf(sample, options);
  let done = 0;
  const rows = partRows(sample.count, k);
  if (rows > 0 && maxIter > 1) {
    const { state } = start;
    const part = { ...start, state: { ...state, label: state.label.slice(0, rows) } };
    const stage = { branches, tol: options.tol * PART_TOLERANCE, maxIter: maxIter - 1 };
    const { end } = await iterateStage(sliceView(sample, 0, rows), part, { ...options, ...stage });
    state.label.set(end.state.label);
    start = { centroids: end.centroids.values, state };
    done = end.iterations;
  }
  const stage = { branches, tol: options.tol * TOLERANCE };
  const { end, passes } = await iterateStage(sample, start, { ...options, ...stage }, done);
  const { centroids, iterations, inertia, state } = end;
  if (!branches) return { centroids, iterations, inertia };
  const last = passes ?? (await TreePasses.over(sample, centroids, options));
  return { centroids, iterations, inertia, tree: await last.tree(centroids, state.label, options) };
}

/** Iterates over rows of which the first may have labels; where none has, they meet all centroids once. */
async function iterateStage(
  sample: RowView,
  start: Start,
  options: TreeOptions,
  done = 0,
): Promise<{ end: LloydEnd; passes?: TreePasses }> {
  const flat = flatPass(sample, options);
  let passes: TreePasses | undefined;
  const pass = async (centroids: Centroids, state: LloydState): Promise<void> => {
    if (!options.branches || state.label.every((c) => c < 0)) return flat(centroids, state);
    passes ??= await TreePasses.over(sample, centroids, options);
    await passes.pass(centroids, state, options);
  };
  const rows = `${sample.count.toLocaleString('en-US')} rows${options.branches ? ' through branches' : ''}`;
  const progress: ProgressListener = (event) =>
    options.progress({ ...event, detail: `${event.detail}, ${rows}` });
  const end = await iterate(sample, start, { ...options, progress }, pass, done);
  return { end, passes };
}
