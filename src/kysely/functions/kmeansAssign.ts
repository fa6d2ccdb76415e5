// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id, type Only, type Plain, type With } from '../tableCall.ts';

/** Options of `kmeans_assign`. */
export interface KmeansAssignOptions {
  /** a relation with the columns centroid and embedding, and those of with_branches */
  readonly centroids: string;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** a row is also compared in each cluster whose border is at most this far from it; sqrt(eps / 2) with memberships := 0 misses no pair within eps; default: 0 */
  readonly overlap?: number;
  /** clusters per row at most, its own one counted: those with the nearest borders, among twice as many with the nearest centroids (at least 8); 0: no limit; default: 4 */
  readonly memberships?: number | bigint;
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
 * Assigns embeddings to the nearest centroids of a model that kmeans_centroids returned. Returns id, centroid INTEGER (of the model), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT; with overlap, clusters INTEGER[] (the nearest first).
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansAssign<I = Id, const O extends KmeansAssignOptions = KmeansAssignOptions>(
  relation: string,
  options: Only<O, KmeansAssignOptions>,
): RawBuilder<Plain<KmeansAssignRow<I> & With<O, 'overlap', { clusters: number[] }>>> {
  return tableCall('kmeans_assign', ['centroids'], relation, options);
}
