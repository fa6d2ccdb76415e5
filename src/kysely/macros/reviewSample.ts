// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `review_sample`. */
export interface ReviewSampleOptions {
  /** in [0, 1] */
  readonly eps: number;
  /** number of pairs to draw; if 150 duplicates are all judged the same, the precision is above 0.95 with 95 % confidence */
  readonly rows: number | bigint;
  /** another seed draws other pairs; default: 42 */
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
 * Draws pairs for a person to judge. Half of them are duplicates at eps; the other half lie between eps and twice eps. The same pairs and seed give the same sample, in any order of rows. Returns id, max_id, score FLOAT, weight DOUBLE (rows that the pair stands for), same BOOLEAN (NULL, to fill in).
 * @param pairs the result of pairwise
 */
export function reviewSample<I = Id>(
  pairs: string,
  options: ReviewSampleOptions,
): RawBuilder<ReviewSampleRow<I>> {
  return tableCall('review_sample', ['eps', 'rows'], pairs, options);
}
