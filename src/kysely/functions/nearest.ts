// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `nearest`. */
export interface NearestOptions {
  /** a table, view, file or SELECT text with an id and an embedding column */
  readonly relation: string;
  /** neighbours per query at most; default: 1 */
  readonly k?: number | bigint;
  /** leave out neighbours with a lower similarity, from -1 to 1; NULL keeps all; default: NULL */
  readonly minScore?: number | null;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
}

/** A row of `nearest`. */
export interface NearestRow<I = Id> {
  id: I;
  neighbor_id: I;
  neighbor_rank: number;
  cosine_sim_score: number;
}

/**
 * Finds for each row of `queries` the `k` nearest rows of `relation` by cosine similarity, exactly; ties go to the lower id. If both are the same text, a row is not its own neighbour. Returns id, neighbor_id, neighbor_rank INTEGER (1 = nearest), cosine_sim_score FLOAT.
 * @param queries the rows to find neighbours for: a relation with an id and an embedding column, named as in `relation`
 */
export function nearest<I = Id>(queries: string, options: NearestOptions): RawBuilder<NearestRow<I>> {
  return tableCall('nearest', ['relation'], queries, options);
}
