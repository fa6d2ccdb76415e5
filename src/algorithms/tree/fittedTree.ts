import { pickCentroids, replant, type CentroidTree } from './centroidTree.ts';
import type { Centroids } from '../../kernels/kernels.ts';
import type { StepOptions } from '../step.ts';
import { withOwn, type Reach } from './reach.ts';

/** A tree, and the centroids that the rows of each branch are compared with. */
export interface FittedTree extends CentroidTree {
  readonly reach: Reach;
}

/** The data needed to assign rows by way of branches. */
export type Branches = Pick<FittedTree, 'centroids' | 'directions' | 'reach'>;

/** Renumbers the centroids of a tree branch by branch. */
export function renumber({ centroids, numbers, reach, ...tree }: FittedTree): FittedTree {
  const place = new Int32Array(numbers.length);
  numbers.forEach((c, i) => (place[c] = i));
  const reached = reach.centroids.map((c) => place[c]);
  const { offsets } = reach;
  for (let b = 0; b + 1 < offsets.length; b++) reached.subarray(offsets[b], offsets[b + 1]).sort();
  return {
    ...tree,
    centroids: pickCentroids(centroids, numbers),
    numbers: numbers.map((_, i) => i),
    reach: { offsets, centroids: reached },
  };
}

/** Updates the tree after some of its centroids have moved. */
export async function withCentroids(
  { directions, reach }: FittedTree,
  centroids: Centroids,
  options: StepOptions,
): Promise<FittedTree> {
  const tree = await replant(directions, centroids, options);
  return { ...tree, reach: withOwn(reach, tree) };
}
