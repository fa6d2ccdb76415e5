// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** A row of `eps_candidates`. */
export interface EpsCandidatesRow {
  eps: number;
  duplicates: bigint;
  share: number;
}

/**
 * Suggests up to three eps to look at first, and counts the rows that each drops. The distances 1 - score of rows without a duplicate crowd around some value; the largest candidate is where this crowd ends. The others are a half, a quarter and so on of it, as long as they drop fewer rows. Returns eps DOUBLE, duplicates BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function epsCandidates(pairs: string): RawBuilder<EpsCandidatesRow> {
  return tableCall('eps_candidates', [], pairs);
}
