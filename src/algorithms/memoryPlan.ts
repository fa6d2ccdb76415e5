/** The division of a memory budget, in bytes. */
export interface MemoryPlan {
  /** Embeddings in memory. Further embeddings are written to a temporary file. */
  readonly store: number;
  /** Rows of the k-means sample in the memory of the kernels, and the near centroids of each row. */
  readonly fit: number;
  /** Rows in the memory of the kernels during a search. */
  readonly search: number;
  /** Number of worker threads that fit in memory, at least one. */
  readonly threads: number;
}

const MIB = 2 ** 20;
const MAX_SEARCH = 128 * MIB;
/** Memory per worker thread besides its rows: code, tiles, products. */
const THREAD_BYTES = 20 * MIB;
/** The rest is for batches in flight, tiles, hashes and result columns. */
const STORE_SHARE = 0.5;
const FIT_SHARE = 0.2;
const SEARCH_SHARE = 0.08;
const THREAD_SHARE = 0.15;

/** Divides `budget` bytes. Kernels release the k-means sample before they search. */
export function memoryPlan(budget: number): MemoryPlan {
  return {
    store: Math.floor(budget * STORE_SHARE),
    fit: Math.floor(budget * FIT_SHARE),
    search: Math.floor(Math.min(MAX_SEARCH, budget * SEARCH_SHARE)),
    threads: Math.max(1, Math.floor((budget * THREAD_SHARE) / THREAD_BYTES)),
  };
}
