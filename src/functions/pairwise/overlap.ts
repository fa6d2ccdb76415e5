import { BIGINT, DOUBLE, VARCHAR } from '@duckdb/node-api';
import type { Overlap } from '../../dedup/pairwise/overlap.ts';
import type { Arguments, Parameter } from '../definition.ts';

/** How far clusters overlap. */
export const OVERLAP_PARAMETERS: readonly Parameter[] = [
  {
    name: 'overlap',
    type: DOUBLE,
    default: '0',
    description:
      'a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) with memberships := 0 misses no pair within eps',
  },
  {
    name: 'memberships',
    type: BIGINT,
    default: '4',
    description: 'clusters per row at most, its own one counted, the nearest borders first; 0: no limit',
  },
];

/** The model that clusters which are read belong to. */
export const CENTROIDS: Parameter = {
  name: 'centroids',
  type: VARCHAR,
  default: 'none',
  description:
    'needed for overlap: the centroids that the cluster column names, as kmeans_centroids returns them',
};

/** What a call says of overlap; undefined when clusters do not. @throws NearduckError (Binder Error). */
export function overlapOf(call: Arguments): Overlap | undefined {
  const distance = call.number('overlap', 0, 0);
  const memberships = call.integer('memberships', 0, 4);
  return distance === 0 || memberships === 1 ? undefined : { distance, memberships };
}
