import type { Best, Centroids, LloydState } from '../../kernels/kernels.ts';
import { everything } from '../../kernels/pairs.ts';
import { readRows, sliceView, type RowView } from '../../rows/rowView.ts';
import { roundForSum } from '../emptyClusters.ts';
import type { FitOptions } from '../fit.ts';
import { BEST, workFor, type StepOptions } from '../step.ts';
import { sortIntoBranches, type BranchRows } from './branchRows.ts';
import { growTree, replant } from './centroidTree.ts';
import type { FittedTree } from './fittedTree.ts';
import { reachOf } from './reach.ts';
import { searchReach } from './reachSearch.ts';

/** Rows copied at a time. */
const ROWS = 1024;
/** Number of rows from which the loss of branches is measured. */
const LOSS_ROWS = 8192;

/** Lloyd iterations over a sample in which a row is compared with the centroids that its branch reaches. */
export class TreePasses {
  readonly #sample: RowView;
  readonly #rows: BranchRows;
  readonly #directions: Centroids;

  private constructor(sample: RowView, rows: BranchRows, directions: Centroids) {
    this.#sample = sample;
    this.#rows = rows;
    this.#directions = directions;
  }

  /**
   * Creates branches from these centroids. Rows stay in their branches; the reach of a branch changes with
   * the labels.
   */
  static async over(sample: RowView, centroids: Centroids, options: FitOptions): Promise<TreePasses> {
    const { directions } = await growTree(centroids, options);
    return new TreePasses(sample, await sortIntoBranches(sample, directions, options), directions);
  }

  /** Runs one iteration and updates the state to the new labels. */
  async pass(centroids: Centroids, state: LloydState, options: StepOptions): Promise<void> {
    const { reach } = await this.tree(centroids, state.label, options);
    const { index } = await searchReach(this.#rows, centroids, reach, options);
    const found = new Int32Array(index.length);
    this.#rows.numbers.forEach((row, i) => (found[row] = index[i]));
    moveRows(this.#sample, found, state);
  }

  /**
   * The relative increase of the inertia when rows are compared only with the centroids that their branch
   * reaches. Uses the first rows of the sample, as if their labels were unknown.
   */
  async loss(centroids: Centroids, label: Int32Array, options: StepOptions): Promise<number> {
    const rows = sliceView(this.#sample, 0, Math.min(LOSS_ROWS, this.#sample.count));
    const { reach } = await this.tree(centroids, label.slice().fill(-1, 0, rows.count), options);
    const branched = await sortIntoBranches(rows, this.#directions, options);
    const near = await searchReach(branched, centroids, reach, options);
    const all = everything(rows.count, centroids.k);
    const nearest = await options.kernels.search(rows, centroids, all, BEST, workFor(options));
    return inertiaOf(near, centroids) / Math.max(inertiaOf(nearest, centroids), Number.EPSILON) - 1;
  }

  /** The tree of the given centroids, by the labels of the sample; −1 means unknown. */
  async tree(centroids: Centroids, label: Int32Array, options: StepOptions): Promise<FittedTree> {
    const tree = await replant(this.#directions, centroids, options);
    return { ...tree, reach: reachOf(tree, this.#rows, label) };
  }
}

/** Sum of squared distances of unit rows to their centroids: ‖x − c‖² = 1 − 2 (x·c + bias). */
function inertiaOf({ score, index }: Best, { bias }: Centroids): number {
  let sum = 0;
  for (let row = 0; row < index.length; row++) sum += Math.max(0, 1 - 2 * (score[row] + bias[index[row]]));
  return sum;
}

/** Updates a state to new labels. The addends are multiples of 2⁻³⁰, so sums are exact in any order. */
function moveRows(sample: RowView, found: Int32Array, { label, sums, counts }: LloydState): void {
  const { dim } = sample.store;
  const moved: number[] = [];
  for (let row = 0; row < label.length; row++) if (label[row] !== found[row]) moved.push(row);
  for (let start = 0; start < moved.length; start += ROWS) {
    const batch = moved.slice(start, start + ROWS);
    const values = readRows(sample, batch);
    batch.forEach((row, i) => {
      const [before, now] = [label[row], found[row]];
      const [from, to, at] = [before * dim, now * dim, i * dim];
      for (let d = 0; d < dim; d++) {
        const value = roundForSum(values[at + d]);
        if (before >= 0) sums[from + d] -= value;
        sums[to + d] += value;
      }
      if (before >= 0) counts[before]--;
      counts[now]++;
      label[row] = now;
    });
  }
}
