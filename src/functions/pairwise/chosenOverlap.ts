import type { Overlap } from '../../algorithms/pairwise/borders.ts';

/** How the last `kmeans_pairwise` of a connection compared its rows. */
export interface ChosenOverlap {
  /** Undefined when clusters do not overlap. */
  readonly overlap?: Overlap;
  /** `exact`: all rows were compared. `complete`: no pair within the requested eps can be missed. */
  readonly certainty: 'exact' | 'complete' | 'none';
  /** Average number of clusters per row, without earlier rows. */
  readonly memberships: number;
  /** Compared pairs, relative to those without an overlap. */
  readonly pairs: number;
}

const chosen = new WeakMap<ReadonlyMap<string, unknown>, ChosenOverlap>();

/** The overlap that the last call stored in the settings of the connection. */
export const lastOverlap = (settings: ReadonlyMap<string, unknown>): ChosenOverlap | undefined =>
  chosen.get(settings);

/** Stores the overlap of a call in the settings of the connection. */
export function keepOverlap(settings: ReadonlyMap<string, unknown>, overlap: ChosenOverlap): void {
  chosen.set(settings, overlap);
}
