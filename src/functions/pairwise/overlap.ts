import type { Overlap } from '../../algorithms/pairwise/borders.ts';
import type { OverlapGoal } from '../../algorithms/pairwise/chooseOverlap.ts';
import { binderError } from '../../errors.ts';
import { parametersOf, type Parameter } from '../declarations.ts';
import type { Arguments } from '../definition.ts';

/** The parameters of an overlap. */
export const OVERLAP_PARAMETERS: readonly Parameter[] = parametersOf(`
  overlap DOUBLE := 0 or NULL: a row is also compared in each cluster whose border is at most this far from it;
    sqrt(eps / 2) with memberships := 0 misses no pair within eps
  memberships BIGINT := 4 or NULL: maximum number of clusters per row, including its own: those with the
    nearest borders, among twice as many (at least 8) with the nearest centroids; 0 means no limit
`);

/** The parameters of `kmeans_pairwise` that state the desired recall, and how much of it is checked. */
export const RECALL_PARAMETERS = parametersOf(`
  recall DOUBLE := none: share of all duplicates to find: chooses the overlap by a sample of rows; 1 is certain
    to miss none
  eps DOUBLE := 0.1 or NULL: the eps of the duplicates that recall counts
  check_rows BIGINT := 0 or NULL: number of rows, drawn by hash of id, that are also compared with all rows;
    adds the column checked_score, from which pairwise_recall estimates the recall
`);

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
