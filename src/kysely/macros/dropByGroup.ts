// Written by `npm run docs` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall } from '../tableCall.ts';

/** Options of `drop_by_group`. */
export interface DropByGroupOptions {
  /** in [0, 1] */
  readonly eps: number;
  /** a file, relation or SELECT text with the id and the column */
  readonly metadata: string;
  /** the column of the metadata */
  readonly groupBy: string;
  /** id column of the metadata; default: 'id' */
  readonly id?: string;
}

/** A row of `drop_by_group`. */
export interface DropByGroupRow {
  value: unknown;
  rows: bigint;
  dropped: bigint;
  share: number;
}

/**
 * The share of rows that eps drops per value of a column, largest share first. Rows without metadata count as NULL. Returns value, rows BIGINT, dropped BIGINT, share DOUBLE.
 * @param pairs the result of pairwise
 */
export function dropByGroup(pairs: string, options: DropByGroupOptions): RawBuilder<DropByGroupRow> {
  return tableCall('drop_by_group', ['eps', 'metadata', 'groupBy'], pairs, options);
}
