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
 * Up to three eps to look at first, and what each drops. Rows without a duplicate crowd at some distance 1 - score: the largest candidate is where the crowd ends, the others are half of it, a quarter and so on, as far as they drop fewer rows. Returns eps DOUBLE, duplicates BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function epsCandidates(pairs: string): RawBuilder<EpsCandidatesRow> {
  return tableCall('eps_candidates', [], pairs);
}
