import type { Rows } from '../products/rows.ts';
import type { Collector } from './collector.ts';

/** The targets of each row: `first` to `last` − 1. */
export interface Ranges {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Rows, and the targets that they are compared with. */
export interface SearchTile {
  readonly dim: number;
  readonly x: Rows;
  /** At most 4,096. */
  readonly targets: Rows;
  /** The results of the rows so far, which the search updates. */
  readonly collector: Collector;
  /** The number in `finds` of the first row of x. */
  readonly row: number;
  /** Address of a float added to each target's products, or 0. */
  readonly bias?: number;
  /** Index of the first target. */
  readonly base?: number;
  readonly ranges?: Ranges;
  /** An upper bound of the targets' lengths; default 1. */
  readonly targetNorm?: number;
}
