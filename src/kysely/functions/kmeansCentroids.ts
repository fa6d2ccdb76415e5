// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `kmeans_centroids`. */
export interface KmeansCentroidsOptions {
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

/** A row of `kmeans_centroids`. */
export interface KmeansCentroidsRow {
  centroid: number;
  embedding: number[];
  rows: bigint;
}

/**
 * Fits k-means and returns the model, to keep and reuse. Returns centroid INTEGER, embedding FLOAT[] (plain mean, not unit length), rows BIGINT.
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansCentroids(
  relation: string,
  options: KmeansCentroidsOptions,
): RawBuilder<KmeansCentroidsRow> {
  return tableCall('kmeans_centroids', ['k'], relation, options);
}
