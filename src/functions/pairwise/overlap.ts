import { BIGINT, DOUBLE, FLOAT, VARCHAR } from '@duckdb/node-api';
import type { Overlap } from '../../algorithms/pairwise/borders.ts';
import type { Aim } from '../../algorithms/pairwise/chooseOverlap.ts';
import { binderError } from '../../errors.ts';
import type { Arguments, Parameter } from '../definition.ts';

/** How far clusters overlap. */
export const OVERLAP_PARAMETERS: readonly Parameter[] = [
  {
    name: 'overlap',
    type: DOUBLE,
    default: '0',
    isNullDefault: true,
    description:
      'a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) with memberships := 0 misses no pair within eps',
  },
  {
    name: 'memberships',
    type: BIGINT,
    default: '4',
    isNullDefault: true,
    description:
      'clusters per row at most, its own one counted: those with the nearest borders, among twice as many with the nearest centroids (at least 8); 0: no limit',
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

export const RECALL_EPS: Parameter = {
  name: 'eps',
  type: DOUBLE,
  default: '0.1',
  isNullDefault: true,
  description: 'what recall counts as duplicates',
};

export const CHECK_ROWS: Parameter = {
  name: 'check_rows',
  type: BIGINT,
  default: '0',
  isNullDefault: true,
  description:
    'so many rows, drawn by hash of id, are also compared with all rows: the column checked_score, which pairwise_recall takes',
};

/** How much `kmeans_pairwise` shall find, and how much of it is checked. */
export const RECALL_PARAMETERS: readonly Parameter[] = [
  {
    name: 'recall',
    type: DOUBLE,
    default: 'none',
    description:
      'in place of overlap: chooses it, by a sample of rows, so that this share of all duplicates is found; 1 misses none for certain',
  },
  RECALL_EPS,
  CHECK_ROWS,
];

/** The column that `check_rows` adds: the score against all rows, NULL for rows not checked. */
export const CHECKED = {
  name: 'checked_score',
  type: FLOAT,
  with: 'check_rows',
  isNullable: true,
  note: 'NULL for rows not checked',
} as const;

/** What a call of `kmeans_pairwise` says of overlap, or of what shall be found. @throws NearduckError (Binder Error). */
export function overlapOrAim(call: Arguments): Overlap | Aim | undefined {
  const eps = call.share('eps');
  if (!call.isGiven('recall')) return overlapOf(call);
  const recall = call.share('recall');
  for (const name of ['overlap', 'memberships']) {
    if (call.isGiven(name))
      throw binderError(`${call.functionName}: recall chooses ${name}; leave one of the two out`);
  }
  return { eps, recall };
}

/** What a call says of overlap; undefined when clusters do not. @throws NearduckError (Binder Error). */
export function overlapOf(call: Arguments): Overlap | undefined {
  const distance = call.number('overlap', 0);
  const memberships = call.integer('memberships', 0);
  return distance === 0 || memberships === 1 ? undefined : { distance, memberships };
}
