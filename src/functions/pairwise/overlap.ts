import { BIGINT, DOUBLE, FLOAT, VARCHAR } from '@duckdb/node-api';
import type { Overlap } from '../../algorithms/pairwise/borders.ts';
import type { OverlapGoal } from '../../algorithms/pairwise/chooseOverlap.ts';
import { binderError } from '../../errors.ts';
import type { Arguments, Parameter } from '../definition.ts';

/** The parameters of an overlap. */
export const OVERLAP_PARAMETERS: readonly Parameter[] = [
  {
    name: 'overlap',
    type: DOUBLE,
    default: '0',
    isNullDefault: true,
    description:
      'a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) ' +
      'with memberships := 0 misses no pair within eps',
  },
  {
    name: 'memberships',
    type: BIGINT,
    default: '4',
    isNullDefault: true,
    description:
      'maximum number of clusters per row, including its own: those with the nearest borders; 0 means ' +
      'no limit',
  },
];

/** The parameter that names the centroids of the clusters. */
export const CENTROIDS: Parameter = {
  name: 'centroids',
  type: VARCHAR,
  default: 'none',
  description:
    'the centroids that the cluster column refers to, as returned by kmeans_centroids; needed for overlap',
};

/** The parameter with the eps of the duplicates that `recall` counts. */
export const RECALL_EPS: Parameter = {
  name: 'eps',
  type: DOUBLE,
  default: '0.1',
  isNullDefault: true,
  description: 'the eps of the duplicates that recall counts',
};

/** The parameter with the number of rows to compare with all rows. */
export const CHECK_ROWS: Parameter = {
  name: 'check_rows',
  type: BIGINT,
  default: '0',
  isNullDefault: true,
  description:
    'number of rows, drawn by hash of id, that are also compared with all rows; adds the column ' +
    'checked_score, from which pairwise_recall estimates the recall',
};

/** The parameters of `kmeans_pairwise` that state the desired recall, and how much of it is checked. */
export const RECALL_PARAMETERS: readonly Parameter[] = [
  {
    name: 'recall',
    type: DOUBLE,
    default: 'none',
    description:
      'share of all duplicates to find: chooses the overlap by a sample of rows; 1 is certain to miss none',
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

/** The overlap that `kmeans_pairwise` is asked for, or its goal. @throws NearduckError (Binder Error). */
export function overlapOrAim(call: Arguments): Overlap | OverlapGoal | undefined {
  const eps = call.share('eps');
  if (!call.isGiven('recall')) return overlapOf(call);
  const recall = call.share('recall');
  for (const name of ['overlap', 'memberships']) {
    if (call.isGiven(name))
      throw binderError(
        `${call.functionName}: recall and ${name} cannot be combined, because recall chooses ${name}; ` +
          'leave out one',
      );
  }
  return { eps, recall };
}

/** The overlap of a call, undefined where clusters do not overlap. @throws NearduckError (Binder Error). */
export function overlapOf(call: Arguments): Overlap | undefined {
  const distance = call.number('overlap', 0);
  const memberships = call.integer('memberships', 0);
  return distance === 0 || memberships === 1 ? undefined : { distance, memberships };
}
