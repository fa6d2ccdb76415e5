import type { StoredRows } from '../rows/storedRows.ts';

/** The arithmetic backends; `auto` (in `select.ts`) resolves to one of them. */
export type BackendName = 'cpu' | 'webgpu' | 'reference';

/** What a user may ask for. */
export const BACKENDS = ['auto', 'cpu', 'webgpu', 'reference'] as const;
export type BackendChoice = (typeof BACKENDS)[number];

/** Copies rows `start` to `end` (exclusive), `dim` floats each, to the front of `target`. */
export type FillRows = (target: Float32Array, start: number, end: number) => void;

export interface UploadOptions {
  /** The same rows where threads can read them; then `fill` need not be called. They stay there until `free`. */
  readonly stored?: StoredRows;
  /** True for a matrix that is used once: it need not be kept where it is quickest to use again. */
  readonly once?: boolean;
}

/** A rows × dim block of unit-length float32 rows, resident on a backend. */
export interface Matrix {
  readonly rows: number;
  readonly dim: number;
  /** Releases the block; using it afterwards throws. Freeing twice is harmless. */
  free(): void;
}

/** k × dim centroids with one additive term each. `assign` maximises x·c + bias; bias = −‖c‖²/2 makes that the nearest centroid. */
export interface Centroids {
  readonly k: number;
  readonly dim: number;
  /** k × dim, row-major. */
  readonly values: Float32Array;
  /** k additive terms. */
  readonly bias: Float32Array;
}

/** What Lloyd iterations gather over all blocks. */
export interface LloydTotals {
  /** k × dim sums of the rows of each cluster. */
  readonly sums: Float64Array;
  /** k row counts. */
  readonly counts: Float64Array;
}

export interface Assignment {
  /** Per row, the centroid with the largest x·c + bias; ties go to the lowest centroid. */
  readonly label: Int32Array;
  /** Per row, x·c of that centroid, without the bias, in float32 accuracy. */
  readonly dot: Float32Array;
}

export interface BestEarlier {
  /** Per row, the largest dot product with an earlier row, raw: neither floored nor clamped; −Infinity where there is none. */
  readonly score: Float32Array;
  /** Per row, that row's index (lowest index among equals); −1 where there is none. */
  readonly index: Int32Array;
}

/**
 * The dense arithmetic nearduck needs, one implementation a backend. Every call is safe to await in sequence;
 * none may be called before the previous one settled. Results do not depend on how rows are cut into blocks.
 */
export interface Kernels {
  readonly name: BackendName;
  /** The hardware or library behind it, for summaries: `ONNX Runtime 1.30.0, 2 threads`, an adapter's name. */
  readonly device: string;
  /** Rows of a matrix beyond which a larger one is no faster. */
  blockRows(dim: number): number;
  /** Bytes of matrices that may be resident at once; callers upload again what does not fit. */
  readonly residentLimit: number;

  /** Sets how many threads work that begins from now on may use; backends without threads of their own lack it. */
  useThreads?(count: number): void;

  /** Stops work that begins from now on when `signal` aborts; backends lack it whose calls are short. */
  useSignal?(signal: AbortSignal): void;

  /** Makes a resident block. `fill` is called for consecutive row ranges covering 0 to `rows`. */
  upload(rows: number, dim: number, fill: FillRows, options?: UploadOptions): Promise<Matrix>;

  /** Nearest centroid per row, exact in float32. */
  assign(x: Matrix, centroids: Centroids): Promise<Assignment>;

  /** Whether `lloydStep` can move rows between sums, exactly, so that totals serve from one iteration to the next. */
  readonly movesRows: boolean;

  /**
   * One Lloyd iteration over `blocks`, whose rows `label` counts one after another: labels every row (labels may come
   * from quantised arithmetic) and brings `totals` from the labels found in `label` to those it leaves there. −1 stands
   * for a row that `totals` does not count yet; kernels that do not move rows take nothing else.
   */
  lloydStep(
    blocks: readonly Matrix[],
    centroids: Centroids,
    totals: LloydTotals,
    label: Int32Array,
  ): Promise<void>;

  /**
   * Best earlier row of the same cluster, for every row. Clusters are consecutive row ranges:
   * cluster c is rows `offsets[c]` to `offsets[c + 1]`; indexes count from the start of `x`.
   */
  maxOverEarlier(x: Matrix, offsets: Uint32Array): Promise<BestEarlier>;

  /** Best row of `earlier` for every row of `x`: one off-diagonal piece of a cluster cut into several matrices. */
  maxOver(x: Matrix, earlier: Matrix): Promise<BestEarlier>;

  /** Releases device and sessions; the object is unusable afterwards. */
  close(): Promise<void>;
}
