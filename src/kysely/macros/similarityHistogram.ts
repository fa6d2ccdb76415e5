// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `similarity_histogram`. */
export interface SimilarityHistogramOptions {
  /** number of bins, from 1 to 10000; default: 20 */
  readonly bins?: number;
  /** the lowest score of the first bin; one more bin counts the rows below it; default: 0 */
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
 * Counts the rows per bin of similarity scores, in bins of equal width up to 1, and draws a bar for each. Returns from_score DOUBLE, to_score DOUBLE, rows BIGINT, bar VARCHAR.
 * @param pairs the result of pairwise
 */
export function similarityHistogram(
  pairs: string,
  options?: SimilarityHistogramOptions,
): RawBuilder<SimilarityHistogramRow> {
  return tableCall('similarity_histogram', [], pairs, options);
}
