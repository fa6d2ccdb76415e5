import type { Rows } from '../products/rows.ts';
import type { Finds } from './finds.ts';

/** Targets a row may match: `first` to `last` − 1, by row. */
export interface Ranges {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Rows and the targets they are searched in. */
export interface SearchTile {
  readonly dim: number;
  readonly x: Rows;
  /** 4,096 at most. */
  readonly targets: Rows;
  /** The results of the rows so far, which the search updates. */
  readonly finds: Finds;
  /** Number of the first row of x in `finds`. */
  readonly row: number;
  /** Address of a float added to each target's products, or 0. */
  readonly bias?: number;
  /** Index of the first target. */
  readonly base?: number;
  readonly ranges?: Ranges;
  /** An upper bound of the targets' lengths; default 1. */
  readonly targetNorm?: number;
}
