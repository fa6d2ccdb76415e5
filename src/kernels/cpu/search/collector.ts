import type { QueryPairs } from '../../above.ts';

/** Addresses of rows and centroids, to compute products without a bias. */
export interface Unbiased {
  readonly x: number;
  readonly dim: number;
  readonly centroids: number;
}

/**
 * The results of consecutive queries so far, in a lane's memory. Each kind of search has one implementation.
 */
export interface Collector {
  /**
   * Updates the results with approximate products (`products` is the address of a `Products`) and exact dot
   * products. Returns the rows that would need more than `limit` exact products; their results are unchanged.
   */
  pick(products: number, rows: number, limit: number): Int32Array;

  /**
   * Writes the results to memory that lanes share, or returns them. The first query has number `start`.
   * `unbiased` is needed if the scores contain a bias. The object cannot be used afterwards.
   */
  finish(start: number, unbiased?: Unbiased): QueryPairs | undefined;

  free(): void;
}
