// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `embedding_health`. */
export interface EmbeddingHealthOptions {
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** another seed draws other rows; default: 42 */
  readonly seed?: number | bigint;
}

/** A row of `embedding_health`. */
export interface EmbeddingHealthRow {
  finding: string;
  status: string;
  value: number;
  detail: string;
  remedy: string;
}

/**
 * Checks the embeddings before you choose an eps. Returns one row per check; a warning comes with a remedy. It reads all rows once; checks of pairs compare 1,000 rows, drawn by hash of id. Returns finding VARCHAR, status VARCHAR ('ok' or 'warning'), value DOUBLE, detail VARCHAR, remedy VARCHAR.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function embeddingHealth(
  relation: string,
  options?: EmbeddingHealthOptions,
): RawBuilder<EmbeddingHealthRow> {
  return tableCall('embedding_health', [], relation, options);
}
