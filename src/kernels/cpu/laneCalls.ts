import type { StoredRows } from '../../rows/storedRows.ts';
import type { Assignment, BestEarlier } from '../kernels.ts';

/** Rows a tile: what one product takes of a matrix at a time, so that rows, bytes and products stay in a core's cache. */
export const TILE_ROWS = 512;

/** The rows of a matrix that one lane looks after; they start at a multiple of `TILE_ROWS`. */
export interface Part {
  readonly matrix: number;
  readonly dim: number;
  readonly rows: number;
  readonly stored: StoredRows;
  /** Keep the rows in the lane's own memory until `release`. */
  readonly keep: boolean;
}

/** Centroids in memory that all lanes read. */
export interface SharedCentroids {
  /** Different for different centroids. */
  readonly id: number;
  readonly k: number;
  readonly dim: number;
  readonly values: Float32Array;
  readonly bias: Float32Array;
  /** The length of the longest. */
  readonly largestNorm: number;
}

/** Some rows and what they are compared with. */
export interface Unit {
  readonly dim: number;
  readonly rows: number;
  readonly stored: StoredRows;
  /** Index of the first row. */
  readonly base: number;
  /** Bounds of the clusters within: each row is compared with the rows before it in its own. */
  readonly offsets?: Uint32Array;
  /** Rows with which all of the unit are compared. */
  readonly earlier?: { readonly rows: number; readonly stored: StoredRows; readonly base: number };
}

/** What a lane does: one thread's share of the kernels' work. */
export interface LaneCalls {
  /** Calls that may be under way at once; they are done in order. */
  readonly ahead: number;

  /** Nearest centroids, exactly. */
  assign(part: Part, centroids: SharedCentroids): Promise<Assignment>;

  /**
   * Labels of the parts' rows, one part after another, perhaps from quantised arithmetic. `sums` (k × dim) receives what
   * the rows whose label is not the one `before` add to and take from the sums of their clusters.
   */
  lloyd(
    parts: readonly Part[],
    centroids: SharedCentroids,
    before: Int32Array,
    sums: Float64Array,
  ): Promise<Int32Array>;

  best(unit: Unit): Promise<BestEarlier>;

  /** Lets go of the rows kept of a matrix. */
  release(matrix: number): Promise<void>;

  close(): Promise<void>;
}
