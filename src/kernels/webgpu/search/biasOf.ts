import { biasStart, isCentroids } from '../../pairs.ts';
import type { Search } from './batchSearch.ts';

/** The bias of a target for a query. */
export type Bias = (query: number, target: number) => number;

/** The biases of a search; undefined when its targets are rows. */
export function biasOf({ queries, targets, pairs }: Search): Bias | undefined {
  if (!isCentroids(targets)) return undefined;
  const { bias } = targets;
  const starts = new Int32Array(queries.count);
  for (let r = 0; r + 1 < pairs.queries.length; r++) {
    starts.fill(biasStart(targets, r), pairs.queries[r], pairs.queries[r + 1]);
  }
  return (query, target) => bias[starts[query] + target];
}
