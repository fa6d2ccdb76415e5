import type { RowView } from '../../../rows/rowView.ts';
import type { Pairs } from '../../kernels.ts';
import type { Batch } from '../search/batches.ts';
import type { QueryPairs } from '../../above.ts';
import type { Results } from '../search/results.ts';
import type { CallState } from './callState.ts';

/** A view that several lanes process tile by tile. */
export interface TiledRows {
  readonly view: RowView;
  /**
   * True to keep the tiles in the lane's memory until `release`. Tile t then belongs to lane t mod `lanes`.
   */
  readonly keep: boolean;
  /** The number of this lane. */
  readonly lane: number;
  readonly lanes: number;
}

/** Centroids in memory that all lanes can read. */
export interface SharedCentroids {
  /** A unique id per set of centroids. */
  readonly id: number;
  readonly k: number;
  readonly dim: number;
  readonly values: Float32Array;
  readonly bias: Float32Array;
  /** The largest length of a centroid. */
  readonly largestNorm: number;
}

/**
 * The work of a lane, which is one thread's share of the kernels' work. Results are written to memory that
 * threads share; a search returns the pairs above a score.
 */
export interface LaneCalls {
  /** Finds the desired centroids for the rows of the lane's tiles, exactly. */
  nearest(
    rows: TiledRows,
    centroids: SharedCentroids,
    pairs: Pairs,
    results: Results,
    call: CallState,
  ): Promise<readonly QueryPairs[]>;

  /** Takes batches until there are none, and searches for their queries. */
  search(
    queries: RowView,
    targets: RowView,
    batches: readonly Batch[],
    results: Results,
    call: CallState,
  ): Promise<readonly QueryPairs[]>;

  /**
   * Labels the rows of the lane's tiles, possibly with quantised arithmetic. `sums` (k × dim) receives the
   * changes of the cluster sums caused by rows whose label changed. For `near`, see `LloydState`.
   */
  lloyd(
    rows: TiledRows,
    centroids: SharedCentroids,
    label: Int32Array,
    sums: Float64Array,
    near: Int32Array | undefined,
    call: CallState,
  ): Promise<void>;

  /** Releases the kept tiles. */
  release(): Promise<void>;

  close(): Promise<void>;
}
