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
 * For a ladder of eps: how many rows are duplicates, and their share. Returns eps DOUBLE, duplicates BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function epsCurve(pairs: string): RawBuilder<EpsCurveRow> {
  return tableCall('eps_curve', [], pairs);
}
