import type { RowView } from '../../../rows/rowView.ts';
import type { Pairs } from '../../kernels.ts';
import type { Batch } from '../search/batches.ts';
import type { FoundPairs } from '../../above.ts';
import type { Results } from '../search/results.ts';
import type { CallState } from './callState.ts';

/** A view as one of several lanes takes it, a tile at a time. */
export interface TiledRows {
  readonly view: RowView;
  /** Keep the tiles in the lane's own memory until `release`. Tile t is then that of lane t mod `lanes`. */
  readonly keep: boolean;
  /** Which of the lanes this one is. */
  readonly lane: number;
  readonly lanes: number;
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

/** What a lane does: one thread's share of the kernels' work. Results go to memory that threads share; a search returns the pairs that it found above a score. */
export interface LaneCalls {
  /** Finds the centroids that the rows of the lane's tiles want, exactly. */
  nearest(
    rows: TiledRows,
    centroids: SharedCentroids,
    pairs: Pairs,
    results: Results,
    call: CallState,
  ): Promise<readonly FoundPairs[]>;

  /** Takes the next of the batches until there are none, and finds what their queries want. */
  search(
    queries: RowView,
    targets: RowView,
    batches: readonly Batch[],
    results: Results,
    call: CallState,
  ): Promise<readonly FoundPairs[]>;

  /**
   * Labels the rows of the lane's tiles anew, perhaps from quantised arithmetic. `sums` (k × dim) receives what the rows
   * whose label changed add to and take from the sums of their clusters.
   */
  lloyd(
    rows: TiledRows,
    centroids: SharedCentroids,
    label: Int32Array,
    sums: Float64Array,
    call: CallState,
  ): Promise<void>;

  /** Lets go of the tiles kept. */
  release(): Promise<void>;

  close(): Promise<void>;
}
