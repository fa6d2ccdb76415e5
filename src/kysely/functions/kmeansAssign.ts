// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `kmeans_assign`. */
export interface KmeansAssignOptions {
  /** a relation with the columns centroid and embedding */
  readonly centroids: string;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
}

/** A row of `kmeans_assign`. */
export interface KmeansAssignRow<I = Id> {
  id: I;
  centroid: number;
  cosine_dist_to_cent: number;
  l2_dist_to_cent: number;
}

/**
 * Assigns embeddings to the centroids of a model kept from kmeans_centroids. Returns id, centroid INTEGER (of the model), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansAssign<I = Id>(
  relation: string,
  options: KmeansAssignOptions,
): RawBuilder<KmeansAssignRow<I>> {
  return tableCall('kmeans_assign', ['centroids'], relation, options);
}
