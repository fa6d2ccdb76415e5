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
 * For the eps of each verdict: the precision, the share of the pairs dropped at that eps that are the same, with a 95 % interval, and the largest eps whose lower bound is at least 0.95. With the weights of review_sample it is an estimate for all pairs, without weights for pairs drawn at random. Returns eps DOUBLE, rows BIGINT (verdicts), precision DOUBLE, precision_low DOUBLE, precision_high DOUBLE, is_largest_safe BOOLEAN.
 * @param verdicts a relation with score, same BOOLEAN (NULL: not judged) and, if there is one, weight
 */
export function epsPrecision(verdicts: string): RawBuilder<EpsPrecisionRow> {
  return tableCall('eps_precision', [], verdicts);
}
