// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id, type Only, type Plain, type With } from '../tableCall.ts';

/** Options of `pairwise`. */
export interface PairwiseOptions {
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** the cluster column, or a column of lists of clusters, each of which the row is compared in; NULL compares all rows with each other; default: 'centroid' */
  readonly cluster?: string | null;
  /** 'hard' keeps rows far from their centroid, 'easy' near ones, 'random' any; default: 'hard' */
  readonly whichToKeep?: 'hard' | 'easy' | 'random';
  /** distance that hard and easy rank by: 'cosine' (cosine_dist_to_cent) or 'l2' (l2_dist_to_cent); default: 'cosine' */
  readonly simMetric?: 'cosine' | 'l2';
  /** an SQL ordering over the relation's columns, such as 'quality_score DESC'; overrides which_to_keep; default: none */
  readonly rankBy?: string;
  /** a condition over the relation's columns, such as 'is_curated'; rows that meet it rank before all others and are never duplicates, not even of each other; default: none */
  readonly protect?: string;
  /** a relation of earlier rows, with columns named as in `relation`: they rank before all its rows, by id, are not compared with each other and not returned, and k-means is not fitted on them; the two may have ids in common; default: none */
  readonly against?: string;
  /** a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) with memberships := 0 misses no pair within eps; default: 0 */
  readonly overlap?: number;
  /** clusters per row at most, its own one counted: those with the nearest borders, among twice as many with the nearest centroids (at least 8); 0: no limit; default: 4 */
  readonly memberships?: number | bigint;
  /** needed for overlap: the centroids that the cluster column names, as kmeans_centroids returns them; default: none */
  readonly centroids?: string;
  /** an SQL condition: rows for which it is true are also compared with all rows, which adds the column checked_score; default: none */
  readonly checkWhere?: string;
  /** an SQL condition: check_where compares with the rows for which it is true, and not with all; parts of a relation check each row against their own; default: none */
  readonly checkAmong?: string;
  /** seed of every random choice; default: 42 */
  readonly seed?: number | bigint;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
}

/** A row of `pairwise`. */
export interface PairwiseRow<I = Id> {
  id: I;
  max_id: I;
  cosine_sim_score: number;
  centroid: unknown;
  rank: bigint;
}

/**
 * Finds for each row the most similar row ranked before it in its cluster. Returns id, max_id, cosine_sim_score FLOAT, centroid (the cluster column; none with cluster := NULL), rank BIGINT (1 = kept before all others of the relation); with check_where, checked_score FLOAT (NULL for rows not checked); with against, max_in_against BOOLEAN.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function pairwise<I = Id, const O extends PairwiseOptions = PairwiseOptions>(
  relation: string,
  options?: Only<O, PairwiseOptions>,
): RawBuilder<
  Plain<
    PairwiseRow<I> &
      With<O, 'checkWhere', { checked_score: number | null }> &
      With<O, 'against', { max_in_against: boolean }>
  >
> {
  return tableCall('pairwise', [], relation, options);
}
