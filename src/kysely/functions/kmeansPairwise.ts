// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id, type Only, type Plain, type With } from '../tableCall.ts';

/** Options of `kmeans_pairwise`. */
export interface KmeansPairwiseOptions {
  /** clusters, 1 to the number of rows */
  readonly k: number | bigint;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** 'lloyd' compares every row with every centroid; 'hierarchical' looks at a part of the sample first and, from 1,000 (long rows) to 3,000 clusters on, compares a row with the centroids near its branch only, unless that adds much to the inertia; 'auto' is 'lloyd' up to 4e11 multiply-adds, or where 'hierarchical' saves less than a quarter of them; default: 'auto' */
  readonly algorithm?: 'auto' | 'lloyd' | 'hierarchical';
  /** Lloyd iterations at most; default: 300 */
  readonly maxIter?: number | bigint;
  /** stop when an iteration lowers the inertia by at most this share of itself, or by ten times that while few rows change cluster; hierarchical: 20 times this share; default: 1e-4 */
  readonly tol?: number;
  /** seed of every random choice; default: 42 */
  readonly seed?: number | bigint;
  /** 'k-means||', 'random', or a relation of centroids to start from; default: 'k-means||' */
  readonly init?: string;
  /** k-means|| candidates a round, as a multiple of k; default: 2.0 */
  readonly oversamplingFactor?: number;
  /** rows sampled for the fit, by hash of id; default: min(n, 256 · k) */
  readonly fitRows?: number | bigint;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
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
  /** in place of overlap: chooses it, by a sample of rows, so that this share of all duplicates is found; 1 misses none for certain; default: none */
  readonly recall?: number;
  /** what recall counts as duplicates; default: 0.1 */
  readonly eps?: number;
  /** so many rows, drawn by hash of id, are also compared with all rows: the column checked_score, which pairwise_recall takes; default: 0 */
  readonly checkRows?: number | bigint;
  /** finds the groups of duplicates at eps as well, as duplicate_groups does, and adds the columns kept_id and kept_score; 'chain' drops a row when any row ranked before it is within eps, 'covered' when a kept row ranked before it is within eps, 'components' keeps the first row of each connected component; default: none */
  readonly rule?: 'chain' | 'covered' | 'components';
}

/** A row of `kmeans_pairwise`. */
export interface KmeansPairwiseRow<I = Id> {
  id: I;
  centroid: number;
  cosine_dist_to_cent: number;
  l2_dist_to_cent: number;
  max_id: I;
  cosine_sim_score: number;
  rank: bigint;
  kept_in_against?: boolean;
}

/**
 * Runs kmeans, then pairwise inside its clusters, reading the embeddings once. Returns id, centroid INTEGER (0 … k − 1), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT, max_id, cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others of the relation); with rule, kept_id (the row itself where it stays), kept_score FLOAT (NULL there); with check_rows, checked_score FLOAT (NULL for rows not checked); with against, max_in_against BOOLEAN; with against and rule, kept_in_against BOOLEAN.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansPairwise<I = Id, const O extends KmeansPairwiseOptions = KmeansPairwiseOptions>(
  relation: string,
  options: Only<O, KmeansPairwiseOptions>,
): RawBuilder<
  Plain<
    KmeansPairwiseRow<I> &
      With<O, 'rule', { kept_id: I; kept_score: number | null }> &
      With<O, 'checkRows', { checked_score: number | null }> &
      With<O, 'against', { max_in_against: boolean }>
  >
> {
  return tableCall('kmeans_pairwise', ['k'], relation, options);
}
