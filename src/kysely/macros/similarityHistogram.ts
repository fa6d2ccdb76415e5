// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `similarity_histogram`. */
export interface SimilarityHistogramOptions {
  /** bins, from 1 to 10000; default: 20 */
  readonly bins?: number;
  /** where the bins start; rows below it are counted in one more bin; default: 0 */
  readonly fromScore?: number;
}

/** A row of `similarity_histogram`. */
export interface SimilarityHistogramRow {
  from_score: number;
  to_score: number;
  rows: bigint;
  bar: string;
}

/**
 * Rows by similarity score, in equal bins up to 1, with bars. Returns from_score DOUBLE, to_score DOUBLE, rows BIGINT, bar VARCHAR.
 * @param pairs the result of pairwise
 */
export function similarityHistogram(
  pairs: string,
  options?: SimilarityHistogramOptions,
): RawBuilder<SimilarityHistogramRow> {
  return tableCall('similarity_histogram', [], pairs, options);
}
