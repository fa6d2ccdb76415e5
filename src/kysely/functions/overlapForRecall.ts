// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `overlap_for_recall`. */
export interface OverlapForRecallOptions {
  /** the model that the rows are assigned to, as kmeans_assign takes it */
  readonly centroids: string;
  /** share of all duplicates to find; 1 misses none */
  readonly recall: number;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** what counts as duplicates; default: 0.1 */
  readonly eps?: number;
  /** rows among which duplicates are looked for, those with the lowest hashes of their ids; of earlier rows as many; default: max(256 · k, 1,000,000) */
  readonly sampleRows?: number | bigint;
  /** rows that recall is estimated by later: of few rows, these do not choose the overlap; default: 0 */
  readonly checkRows?: number | bigint;
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
  /** seed of every random choice; default: 42 */
  readonly seed?: number | bigint;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
}

/** A row of `overlap_for_recall`. */
export interface OverlapForRecallRow {
  overlap: number;
  memberships: bigint;
}

/**
 * Chooses the overlap that finds a share of all duplicates, as kmeans_pairwise does with recall, for kmeans_assign and pairwise. One row. Returns overlap DOUBLE, memberships BIGINT (0: no limit).
 * @param relation a table, view, file or SELECT text with an id and an embedding column; or a sample of it, with its lowest hashes
 */
export function overlapForRecall(
  relation: string,
  options: OverlapForRecallOptions,
): RawBuilder<OverlapForRecallRow> {
  return tableCall('overlap_for_recall', ['centroids', 'recall'], relation, options);
}
