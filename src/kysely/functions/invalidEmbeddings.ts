// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `invalid_embeddings`. */
export interface InvalidEmbeddingsOptions {
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
}

/** A row of `invalid_embeddings`. */
export interface InvalidEmbeddingsRow<I = Id> {
  id: I;
  reason: string;
}

/**
 * Lists the rows that on_invalid := 'skip' skips, with the reason. Returns id, reason VARCHAR.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function invalidEmbeddings<I = Id>(
  relation: string,
  options?: InvalidEmbeddingsOptions,
): RawBuilder<InvalidEmbeddingsRow<I>> {
  return tableCall('invalid_embeddings', [], relation, options);
}
