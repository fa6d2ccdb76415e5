// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `review_sample`. */
export interface ReviewSampleOptions {
  /** in [0, 1] */
  readonly eps: number;
  /** pairs to draw; 150 duplicates that are all the same show a precision above 0.95 */
  readonly rows: number | bigint;
  /** another one draws other pairs; default: 42 */
  readonly seed?: number | bigint;
}

/** A row of `review_sample`. */
export interface ReviewSampleRow<I = Id> {
  id: I;
  max_id: I;
  score: number;
  weight: number;
  same: boolean | null;
}

/**
 * Pairs for a person to compare, spread over the scores around eps: half of them duplicates, half just not (up to twice eps). The same pairs and seed give the same sample, whatever the order of rows. Returns id, max_id, score FLOAT, weight DOUBLE (rows that the pair stands for), same BOOLEAN (NULL, to fill in).
 * @param pairs the result of pairwise
 */
export function reviewSample<I = Id>(
  pairs: string,
  options: ReviewSampleOptions,
): RawBuilder<ReviewSampleRow<I>> {
  return tableCall('review_sample', ['eps', 'rows'], pairs, options);
}
