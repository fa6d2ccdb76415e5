// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `pairwise_recall`. */
export interface PairwiseRecallOptions {
  /** the result of pairwise or kmeans_pairwise on these rows; where that has the column checked_score, and rows is not given, the relation is not looked at */
  readonly pairs: string;
  /** a number in [0, 1], or a list of them */
  readonly eps: number | readonly number[];
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** rows sampled among those that are not duplicates, by hash of id; the interval narrows with their square root, the cost grows with them; default: 3,000; all of up to 10,000 */
  readonly rows?: number | bigint;
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

/** A row of `pairwise_recall`. */
export interface PairwiseRecallRow {
  eps: number;
  duplicates: bigint;
  recall: number;
  recall_low: number;
  recall_high: number;
  rows_checked: bigint;
}

/**
 * Estimates the share of all duplicates that a search inside clusters found: a sample of the other rows is compared with everything. One row per eps. Returns eps DOUBLE, duplicates BIGINT (found), recall DOUBLE, recall_low DOUBLE, recall_high DOUBLE (95 % interval), rows_checked BIGINT.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function pairwiseRecall(
  relation: string,
  options: PairwiseRecallOptions,
): RawBuilder<PairwiseRecallRow> {
  return tableCall('pairwise_recall', ['pairs', 'eps'], relation, options);
}
