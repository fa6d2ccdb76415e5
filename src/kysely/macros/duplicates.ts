// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `duplicates`. */
export interface DuplicatesOptions {
  /** in [0, 1] */
  readonly eps: number;
}

/** A row of `duplicates`. */
export interface DuplicatesRow<I = Id> {
  id: I;
}

/**
 * Ids of the rows with cosine_sim_score >= 1 - eps and above 0, sorted. Returns id.
 * @param pairs the result of pairwise: a table, a view or files
 */
export function duplicates<I = Id>(pairs: string, options: DuplicatesOptions): RawBuilder<DuplicatesRow<I>> {
  return tableCall('duplicates', ['eps'], pairs, options);
}
