/** How a memory budget is shared out, in bytes. */
export interface MemoryPlan {
  /** Embeddings kept in memory; the rest goes to a temporary file. */
  readonly store: number;
  /** Rows of the k-means sample that kernels keep at hand. */
  readonly fit: number;
  /** Rows that kernels hold during a search. */
  readonly search: number;
  /** Worker threads there is room for, at least one. */
  readonly threads: number;
}

const MIB = 2 ** 20;
const MAX_SEARCH = 128 * MIB;
/** What a worker thread holds beside the rows it is given: its code, tiles, products. */
const THREAD_BYTES = 20 * MIB;
/** Chunks in flight, tiles, hashes and result columns take what is left. */
const STORE_SHARE = 0.5;
const FIT_SHARE = 0.2;
const SEARCH_SHARE = 0.08;
const THREAD_SHARE = 0.15;

/** Shares `budget` bytes out; kernels let go of the k-means sample before they search. */
export function memoryPlan(budget: number): MemoryPlan {
  return {
    store: Math.floor(budget * STORE_SHARE),
    fit: Math.floor(budget * FIT_SHARE),
    search: Math.floor(Math.min(MAX_SEARCH, budget * SEARCH_SHARE)),
    threads: Math.max(1, Math.floor((budget * THREAD_SHARE) / THREAD_BYTES)),
  };
}
