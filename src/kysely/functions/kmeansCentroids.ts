// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Only, type Plain, type With } from '../tableCall.ts';

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
  /** rows that will be assigned, where the relation is a sample of them: decides what auto stands for; default: those of relation */
  readonly totalRows?: number | bigint;
  /** adds what kmeans_assign needs to assign rows as kmeans does where they go through branches: direction FLOAT[] and reach INTEGER[], of branch b in the row of centroid b; default: false */
  readonly withBranches?: boolean;
}

/** A row of `kmeans_centroids`. */
export interface KmeansCentroidsRow {
  centroid: number;
  embedding: number[];
  rows: bigint;
}

/**
 * Fits k-means and returns its centroids, to store and reuse with kmeans_assign. Returns centroid INTEGER, embedding FLOAT[] (plain mean, not unit length), rows BIGINT; with with_branches, direction FLOAT[], reach INTEGER[].
 * @param relation a table, view, file or SELECT text with an id and an embedding column
 */
export function kmeansCentroids<const O extends KmeansCentroidsOptions = KmeansCentroidsOptions>(
  relation: string,
  options: Only<O, KmeansCentroidsOptions>,
): RawBuilder<
  Plain<KmeansCentroidsRow & With<O, 'withBranches', { direction: number[] | null; reach: number[] | null }>>
> {
  return tableCall('kmeans_centroids', ['k'], relation, options);
}
