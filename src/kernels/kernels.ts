import type { RowView } from '../rows/rowView.ts';

/** What a call may use, and whom it tells. */
export interface Work {
  /** Once it is aborted, the call rejects with its reason within a second, also inside one large cluster. */
  readonly signal: AbortSignal;
  /** How far the call is: pairs of rows compared, of all. Called at least once per second of work. */
  readonly progress?: (done: number, total: number) => void;
  /** Bytes of rows the call may hold beside those of the store. */
  readonly memory: number;
  /** Threads to compute on, at least one. */
  readonly threads: number;
}

/**
 * k × dim centroids with one additive term each. A search maximises x·c + bias; bias = −‖c‖²/2 makes that the
 * nearest centroid.
 */
export interface Centroids {
  readonly k: number;
  readonly dim: number;
  /** k × dim, row-major. */
  readonly values: Float32Array;
  /** k additive terms. */
  readonly bias: Float32Array;
}

/**
 * Which rows meet: each of query range r with each of target range r. Range r is rows `offsets[r]` to
 * `offsets[r + 1]` (exclusive) of the queries or targets.
 */
export interface Pairs {
  readonly queries: Float64Array;
  readonly targets: Float64Array;
  /**
   * True: query i only meets targets before i. Queries and targets are the same rows then, with the same
   * offsets.
   */
  readonly earlier: boolean;
}

/**
 * What a search looks for, per query: its best target, its `k` best, or every one whose score is at least
 * `score` (one for all, or one per query). More than `limit` pairs in all are only counted: the search
 * rejects with `TooManyPairs`. Targets are compared by their dot product with the query, plus the bias of a
 * centroid.
 */
export type Want =
  | { readonly kind: 'best' }
  | { readonly kind: 'top'; readonly k: number }
  | { readonly kind: 'above'; readonly score: number | Float32Array; readonly limit?: number };

/**
 * The best target of each query. Here and below a score is the dot product without a bias, in float32
 * accuracy: neither floored nor clamped. A pair has the same score whatever is wanted.
 */
export interface Best {
  /** −Infinity where the query meets no target. */
  readonly score: Float32Array;
  /** Its number in the targets (the lowest among equals); −1 where the query meets none. */
  readonly index: Int32Array;
}

/** The `k` best targets of each query, in entries `k · query` to `k · (query + 1)` (exclusive). */
export interface Top {
  /** Best first (by score plus bias); −Infinity where there are fewer than `k`. */
  readonly score: Float32Array;
  /** Their numbers in the targets, the lowest first among equals; −1 where there are fewer. */
  readonly index: Int32Array;
}

/**
 * Every target that is good enough: those of a query are entries `offsets[query]` to `offsets[query + 1]`
 * (exclusive).
 */
export interface Above {
  readonly offsets: Float64Array;
  readonly score: Float32Array;
  /** Their numbers in the targets, ascending. */
  readonly index: Int32Array;
}

/** The result of a search for `W`. */
export type Found<W extends Want = Want> = { best: Best; top: Top; above: Above }[W['kind']];

/**
 * The state of Lloyd iterations: the label of each row, and the sums and counts that follow from the labels.
 */
export interface LloydState {
  /** Per row its centroid; −1 for a row that is not counted yet. */
  readonly label: Int32Array;
  /** k × dim sums of the rows of each cluster. */
  readonly sums: Float64Array;
  /** k row counts. */
  readonly counts: Float64Array;
}

/**
 * The dense arithmetic that nearduck needs, one implementation per backend. No call may begin before the one
 * before has settled. Results do not depend on memory, on threads or on where the rows are stored.
 */
export interface Kernels {
  /** That of the backend. */
  readonly name: string;
  /**
   * The hardware or library behind it, for summaries: `ONNX Runtime 1.30.0, 2 threads`, an adapter's name.
   */
  readonly device: string;

  /** For each query what is wanted of the targets it meets. */
  search<W extends Want>(
    queries: RowView,
    targets: RowView | Centroids,
    pairs: Pairs,
    want: W,
    work: Work,
  ): Promise<Found<W>>;

  /**
   * One Lloyd iteration: labels every row anew (labels may come from quantised arithmetic) and brings `state`
   * from the labels given to those found. A backend may keep the rows at hand until rows of another list or
   * store are asked for, or the store is closed.
   */
  lloydStep(rows: RowView, centroids: Centroids, state: LloydState, work: Work): Promise<void>;

  /** Releases device and threads; the object is unusable afterwards. */
  close(): Promise<void>;
}
