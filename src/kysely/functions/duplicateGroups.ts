// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `duplicate_groups`. */
export interface DuplicateGroupsOptions {
  /** from 0 to 1: rows are similar with cosine_sim_score >= 1 - eps and above 0 */
  readonly eps: number;
  /** 'chain' drops a row when any row ranked before it is within eps, 'covered' when a kept row ranked before it is within eps, 'components' keeps the first row of each connected component; default: 'chain' */
  readonly rule?: 'chain' | 'covered' | 'components';
}

/** A row of `duplicate_groups`. */
export interface DuplicateGroupsRow<I = Id> {
  id: I;
  kept_id: I;
  max_id: I;
  cosine_sim_score: number;
  group_size: bigint;
  kept_in_against?: boolean;
  max_in_against?: boolean;
}

/**
 * Names the row that is kept for each duplicate. Returns one row per duplicate, sorted by id. max_id and cosine_sim_score are those of pairwise, whatever the rule: the most similar row ranked before it, or the row itself and 0 where none is within eps. Returns id, kept_id, max_id, cosine_sim_score FLOAT (DOUBLE where that of pairs is), group_size BIGINT (rows of the group, the kept one included); with pairs of against, kept_in_against BOOLEAN, max_in_against BOOLEAN.
 * @param pairs the result of pairwise or kmeans_pairwise (rule chain only: they have the best pair of each row), or of similar_pairs; or a SELECT from one
 */
export function duplicateGroups<I = Id>(
  pairs: string,
  options: DuplicateGroupsOptions,
): RawBuilder<DuplicateGroupsRow<I>> {
  return tableCall('duplicate_groups', ['eps'], pairs, options);
}
