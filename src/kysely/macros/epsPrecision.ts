// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** A row of `eps_precision`. */
export interface EpsPrecisionRow {
  eps: number;
  rows: bigint;
  precision: number;
  precision_low: number;
  precision_high: number;
  is_largest_safe: boolean;
}

/**
 * Estimates the precision of each eps from the verdicts of a person: the share of the pairs within eps that are the same, with a 95 % interval. It marks the largest eps whose lower bound is at least 0.95. Verdicts on a review_sample have weights; without weights, the pairs must be drawn at random. Returns eps DOUBLE, rows BIGINT (verdicts), precision DOUBLE, precision_low DOUBLE, precision_high DOUBLE, is_largest_safe BOOLEAN.
 * @param verdicts a relation with the columns score, same BOOLEAN (NULL: not judged) and, optionally, weight
 */
export function epsPrecision(verdicts: string): RawBuilder<EpsPrecisionRow> {
  return tableCall('eps_precision', [], verdicts);
}
