import type { FoundPairs } from '../../above.ts';

/** Where rows and centroids are, for products without a bias. */
export interface Unbiased {
  readonly x: number;
  readonly dim: number;
  readonly centroids: number;
}

/** What consecutive queries have found so far, in a lane's memory: one implementation per want. */
export interface Finds {
  /**
   * Improves it with what approximate products (the address of `Products`) and exact dot products tell. Returns the rows of
   * the products that would take more than `limit` exact ones: nothing has changed for these.
   */
  pick(products: number, rows: number, limit: number): Int32Array;

  /**
   * Writes it to the memory that lanes share, or returns it; the first query is number `start`. `unbiased` is needed where a
   * bias was added to the scores. Nothing may be found after that.
   */
  finish(start: number, unbiased?: Unbiased): FoundPairs | undefined;

  free(): void;
}
