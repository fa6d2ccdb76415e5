import type { Overlap } from '../../algorithms/pairwise/borders.ts';

/** How the last `kmeans_pairwise` of a connection compared its rows. */
export interface ChosenOverlap {
  /** Undefined where clusters do not overlap. */
  readonly overlap?: Overlap;
  /** `exact`: all rows met each other; `complete`: no pair within the eps asked for can be missed. */
  readonly certainty: 'exact' | 'complete' | 'none';
  /** Clusters per row on average; earlier rows do not count. */
  readonly memberships: number;
  /** Pairs compared, as a multiple of those without overlap. */
  readonly pairs: number;
}

const chosen = new WeakMap<ReadonlyMap<string, unknown>, ChosenOverlap>();

/** By the settings of the connection, as `openBackends`. */
export const lastOverlap = (settings: ReadonlyMap<string, unknown>): ChosenOverlap | undefined =>
  chosen.get(settings);

export function keepOverlap(settings: ReadonlyMap<string, unknown>, overlap: ChosenOverlap): void {
  chosen.set(settings, overlap);
}
