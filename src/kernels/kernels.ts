import type { RowView } from '../rows/rowView.ts';

/** The resources of a call, and the functions that it reports to. */
export interface Work {
  /** When it is aborted, the call rejects with its reason within a second, even inside one large cluster. */
  readonly signal: AbortSignal;
  /**
   * Receives the number of compared pairs of rows, and the number of all pairs, at least once per second of
   * work.
   */
  readonly progress?: (done: number, total: number) => void;
  /** Maximum bytes of rows that the call may hold besides those of the store. */
  readonly memory: number;
  /** Number of threads to compute with, at least one. */
  readonly threads: number;
}

/**
 * k × dim centroids with a bias per centroid. A search maximises x·c + bias, so bias = −‖c‖²/2 finds the
 * nearest centroid.
 */
export interface Centroids {
  readonly k: number;
  readonly dim: number;
  /** k × dim, row-major. */
  readonly values: Float32Array;
  /** One bias per centroid. */
  readonly bias: Float32Array;
}

/**
 * The rows to compare: each row of query range r with each row of target range r. Range r is rows
 * `offsets[r]` to `offsets[r + 1]` (exclusive) of the queries or targets.
 */
export interface Pairs {
  readonly queries: Float64Array;
  readonly targets: Float64Array;
  /**
   * With true, query i is only compared with targets before i. Queries and targets are then the same rows
   * with the same offsets.
   */
  readonly earlier: boolean;
}

/**
 * The desired result per query: its best target, its `k` best targets, or every target whose score is at
 * least `score` (one value, or one per query). If there are more than `limit` pairs in total, they are only
 * counted and the search rejects with `TooManyPairs`. Targets are compared by their dot product with the
 * query, plus the bias of a centroid.
 */
export type SearchMode =
  | { readonly kind: 'best' }
  | { readonly kind: 'top'; readonly k: number }
  | { readonly kind: 'above'; readonly score: number | Float32Array; readonly limit?: number };

/**
 * The best target of each query. In all results, a score is the dot product without a bias, in float32
 * accuracy, neither floored nor clamped. A pair has the same score in every kind of search.
 */
export interface Best {
  /** −Infinity for a query without targets. */
  readonly score: Float32Array;
  /** The number of the best target (ties: the lowest). −1 for a query without targets. */
  readonly index: Int32Array;
}

/** The `k` best targets of each query, in entries `k · query` to `k · (query + 1)` (exclusive). */
export interface Top {
  /** Best first (by score plus bias). −Infinity when there are fewer than `k`. */
  readonly score: Float32Array;
  /** The numbers of the targets, ties in ascending order. −1 when there are fewer than `k`. */
  readonly index: Int32Array;
}

/**
 * All targets that reach the score. The targets of a query are entries `offsets[query]` to `offsets[query +
 * 1]` (exclusive).
 */
export interface Above {
  readonly offsets: Float64Array;
  readonly score: Float32Array;
  /** The numbers of the targets, ascending per query. */
  readonly index: Int32Array;
}

/** The result of a search for `W`. */
export type SearchResult<W extends SearchMode = SearchMode> = {
  best: Best;
  top: Top;
  above: Above;
}[W['kind']];

/**
 * The state of Lloyd iterations: the label of each row, and the sums and counts that follow from the labels.
 */
export interface LloydState {
  /** Per row, its centroid; −1 for a row that is not yet counted. */
  readonly label: Int32Array;
  /** k × dim sums of the rows of each cluster. */
  readonly sums: Float64Array;
  /** k row counts. */
  readonly counts: Float64Array;
  /**
   * Optional, for a backend with `nearCentroids`: per row, the numbers of that many near centroids, −1 if
   * unknown. The backend fills it when it compares a row with all centroids, and compares a row with only these
   * while they are known. The caller makes them unknown when centroids have moved far. On shared memory.
   */
  readonly near?: Int32Array;
}

/**
 * The dense arithmetic of nearduck, with one implementation per backend. A call must not begin before the
 * previous call has settled. Results do not depend on memory, threads, or the storage of the rows.
 */
export interface Kernels {
  /** The name of the backend. */
  readonly name: string;
  /**
   * The hardware or library of the backend, for summaries: `ONNX Runtime 1.30.0, 2 threads`, or the name of
   * an adapter.
   */
  readonly device: string;

  /** Number of near centroids per row in `LloydState.near`, for a backend that uses them. */
  readonly nearCentroids?: number;

  /** Finds the desired targets of each query. */
  search<W extends SearchMode>(
    queries: RowView,
    targets: RowView | Centroids,
    pairs: Pairs,
    mode: W,
    work: Work,
  ): Promise<SearchResult<W>>;

  /**
   * Runs one Lloyd iteration: labels every row (possibly with quantised arithmetic) and updates `state` to
   * the new labels. A backend may keep the rows until rows of another list or store are requested, or the
   * store is closed.
   */
  lloydStep(rows: RowView, centroids: Centroids, state: LloydState, work: Work): Promise<void>;

  /** Releases the device and threads. The object cannot be used afterwards. */
  close(): Promise<void>;
}
