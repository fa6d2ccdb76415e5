import { nearestCentroids } from '../centroids.ts';
import type { NamedArrays } from '../checkpoint.ts';
import { withoutBias } from './centroidTree.ts';
import type { TreeFit } from './fitTree.ts';

type FlatArrays = { readonly facts: Float64Array; readonly centroids: Float32Array };

type TreeArrays = FlatArrays & {
  readonly numbers: Int32Array;
  readonly branches: Float64Array;
  readonly directions: Float32Array;
  readonly reachOffsets: Float64Array;
  readonly reach: Int32Array;
};

/** Converts a fit to arrays, in order to save it. */
export function fitArrays({ centroids, iterations, inertia, tree }: TreeFit): FlatArrays | TreeArrays {
  const facts = Float64Array.of(iterations, inertia);
  if (!tree) return { facts, centroids: centroids.values };
  return {
    facts,
    centroids: centroids.values,
    numbers: tree.numbers,
    branches: tree.offsets,
    directions: tree.directions.values,
    reachOffsets: tree.reach.offsets,
    reach: tree.reach.centroids,
  };
}

/** Converts the arrays from `fitArrays` back to a fit of rows with `dim` elements. */
export function fitOf(arrays: NamedArrays, dim: number): TreeFit {
  const kept = arrays as FlatArrays | TreeArrays;
  const [iterations, inertia] = kept.facts;
  const centroids = nearestCentroids(kept.centroids, dim);
  if (!('directions' in kept)) return { centroids, iterations, inertia };
  const tree = {
    centroids,
    numbers: kept.numbers,
    offsets: kept.branches,
    directions: withoutBias(kept.directions, dim),
    reach: { offsets: kept.reachOffsets, centroids: kept.reach },
  };
  return { centroids, iterations, inertia, tree };
}
