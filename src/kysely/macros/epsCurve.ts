// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** A row of `eps_curve`. */
export interface EpsCurveRow {
  eps: number;
  duplicates: bigint;
  share: number;
}

/**
 * Counts the rows that each of 14 eps from 0 to 0.5 would drop, and gives their share of all rows. Returns eps DOUBLE, duplicates BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function epsCurve(pairs: string): RawBuilder<EpsCurveRow> {
  return tableCall('eps_curve', [], pairs);
}
