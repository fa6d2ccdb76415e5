// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id } from '../tableCall.ts';

/** Options of `kmeans`. */
export interface KmeansOptions {
  /** clusters, 1 to the number of rows */
  readonly k: number | bigint;
  /** the id column: unique, not NULL; default: 'id' */
  readonly id?: string;
  /** the embedding column: a list or array of numbers; default: 'embedding' */
  readonly embedding?: string;
  /** 'lloyd' compares every row with every centroid; 'hierarchical' looks at a part of the sample first and, from 1,000 (long rows) to 3,000 clusters on, compares a row with the centroids near its branch only, unless that adds much to the inertia; 'auto' is 'lloyd' up to 4e11 multiply-adds, or where 'hierarchical' saves less than a quarter of them; default: 'auto' */
  readonly algorithm?: 'auto' | 'lloyd' | 'hierarchical';
  /** Lloyd iterations at most; default: 300 */
  readonly maxIter?: number | bigint;
  /** stop when an iteration lowers the inertia by at most this share of itself, or by ten times that while few rows change cluster; hierarchical: 20 times this share; default: 1e-4 */
  readonly tol?: number;
  /** seed of every random choice; default: 42 */
  readonly seed?: number | bigint;
  /** 'k-means||', 'random', or a relation of centroids to start from; default: 'k-means||' */
  readonly init?: string;
  /** k-means|| candidates a round, as a multiple of k; default: 2.0 */
  readonly oversamplingFactor?: number;
  /** rows sampled for the fit, by hash of id; default: min(n, 256 · k) */
  readonly fitRows?: number | bigint;
  /** 'error' stops at invalid embeddings, 'skip' leaves them out; default: 'error' */
  readonly onInvalid?: 'error' | 'skip';
  /** 'auto', 'cpu', 'webgpu' or 'reference' (float64, slow); default: 'auto' */
  readonly backend?: 'auto' | 'cpu' | 'webgpu' | 'reference';
}

/** A row of `kmeans`. */
export interface KmeansRow<I = Id> {
  id: I;
  centroid: number;
  cosine_dist_to_cent: number;
  l2_dist_to_cent: number;
}

/**
 * Clusters embeddings: k-means on unit-length rows. Returns id, centroid INTEGER (0 … k − 1), cosine_dist_to_cent FLOAT, l2_dist_to_cent FLOAT.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeans<I = Id>(relation: string, options: KmeansOptions): RawBuilder<KmeansRow<I>> {
  return tableCall('kmeans', ['k'], relation, options);
}
