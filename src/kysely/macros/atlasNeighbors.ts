// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `atlas_neighbors`. */
export interface AtlasNeighborsOptions {
  /** the result of pairwise, similar_pairs or nearest on it */
  readonly pairs: string;
  /** number of neighbors per row at most; default: 20 */
  readonly most?: number | bigint;
}

/** A row of `atlas_neighbors`. */
export interface AtlasNeighborsRow<I = Id> {
  row: bigint;
  id: I;
  neighbors: { ids: bigint[]; distances: number[] };
}

/**
 * Numbers the rows of a relation by id, from 0, and lists the neighbors of each by these numbers, as Embedding Atlas reads them: write the rows in this order. Returns row BIGINT, id, neighbors STRUCT(ids BIGINT[], distances DOUBLE[]) (nearest first; a distance is 1 - cosine_sim_score).
 * @param relation a relation with the column id
 */
export function atlasNeighbors<I = Id>(
  relation: string,
  options: AtlasNeighborsOptions,
): RawBuilder<AtlasNeighborsRow<I>> {
  return tableCall('atlas_neighbors', ['pairs'], relation, options);
}
