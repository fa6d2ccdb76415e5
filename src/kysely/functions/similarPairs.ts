// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id, type Only, type Plain, type With } from '../tableCall.ts';

/** Options of `similar_pairs`. */
export interface SimilarPairsOptions {
  /** from 0 to 1: pairs are at least 1 - eps similar */
  readonly eps: number;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** clusters to look for pairs in, 1 to the number of rows; NULL compares all rows with each other; default: NULL */
  readonly clusters?: number | bigint | null;
  /** more pairs than that are an error, which says how many there are; default: 100 * rows */
  readonly maxPairs?: number | bigint;
  /** false: of rows with the same bytes only the first has pairs with other rows, and each further one a pair with the first (is_copy), so that a million copies are a million pairs; duplicate_groups takes these for all pairs; default: true */
  readonly copies?: boolean;
  /** a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) with memberships := 0 misses no pair within eps; default: 0 */
  readonly overlap?: number;
  /** clusters per row at most, its own one counted: those with the nearest borders, among twice as many with the nearest centroids (at least 8); 0: no limit; default: 4 */
  readonly memberships?: number | bigint;
  /** 'hard' keeps rows far from their centroid, 'easy' near ones, 'random' any; without it and without clusters, rows with lower ids rank first; default: by id, or 'hard' with `clusters` */
  readonly whichToKeep?: 'hard' | 'easy' | 'random';
  /** distance that hard and easy rank by: 'cosine' (cosine_dist_to_cent) or 'l2' (l2_dist_to_cent); default: 'cosine' */
  readonly simMetric?: 'cosine' | 'l2';
  /** an SQL ordering over the relation's columns, such as 'quality_score DESC'; overrides which_to_keep; default: none */
  readonly rankBy?: string;
  /** a condition over the relation's columns, such as 'is_curated'; rows that meet it rank before all others and are never duplicates, not even of each other; default: none */
  readonly protect?: string;
  /** a relation of earlier rows, with columns named as in `relation`: they rank before all its rows, by id, are not compared with each other and not returned, and k-means is not fitted on them; the two may have ids in common; default: none */
  readonly against?: string;
  /** seed of every random choice; default: 42 */
  readonly seed?: number | bigint;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
}

/** A row of `similar_pairs`. */
export interface SimilarPairsRow<I = Id> {
  id: I;
  other_id: I;
  cosine_sim_score: number;
  rank: bigint;
  other_rank: bigint;
}

/**
 * Finds every pair of rows with cosine_sim_score >= 1 - eps, each once, exactly; with `clusters`, those inside clusters of kmeans. Returns id, other_id (ranked before it), cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others of the relation), other_rank BIGINT; with copies := false, is_copy BOOLEAN; with against, other_in_against BOOLEAN; with protect, other_protected BOOLEAN.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function similarPairs<I = Id, const O extends SimilarPairsOptions = SimilarPairsOptions>(
  relation: string,
  options: Only<O, SimilarPairsOptions>,
): RawBuilder<
  Plain<
    SimilarPairsRow<I> &
      With<O, 'copies', { is_copy: boolean }, false> &
      With<O, 'against', { other_in_against: boolean }> &
      With<O, 'protect', { other_protected: boolean }>
  >
> {
  return tableCall('similar_pairs', ['eps'], relation, options);
}
