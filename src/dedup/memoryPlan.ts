/** How a memory budget is shared out, in bytes. */
export interface MemoryPlan {
  /** Embeddings kept in memory; the rest goes to a temporary file. */
  readonly store: number;
  /** Rows of the k-means sample kept on the backend. */
  readonly sample: number;
  /** Rows of the clusters compared at once. */
  readonly group: number;
  /** Worker threads there is room for, at least one. */
  readonly threads: number;
}

const MIB = 2 ** 20;
const MAX_GROUP = 128 * MIB;
/** What a worker thread holds beside the rows it is given: its code, tiles, products. */
const THREAD_BYTES = 20 * MIB;
/** Chunks in flight, tiles, hashes and result columns take what is left. */
const STORE_SHARE = 0.5;
const SAMPLE_SHARE = 0.2;
const GROUP_SHARE = 0.08;
const THREAD_SHARE = 0.15;

/** Shares `budget` bytes out; the k-means sample leaves the backend before clusters are compared. */
export function memoryPlan(budget: number): MemoryPlan {
  return {
    store: Math.floor(budget * STORE_SHARE),
    sample: Math.floor(budget * SAMPLE_SHARE),
    group: Math.floor(Math.min(MAX_GROUP, budget * GROUP_SHARE)),
    threads: Math.max(1, Math.floor((budget * THREAD_SHARE) / THREAD_BYTES)),
  };
}
