import { chainEnds } from './chain.ts';
import { components } from './components.ts';
import { covered } from './covered.ts';
import { bestEarlier, type RankedPairs } from './rankedPairs.ts';

/** Which rows are dropped, and for which row that stays. */
export const RULES = ['chain', 'covered', 'components'] as const;

/**
 * - `chain`: dropped when any row ranked before is similar, also one that is dropped itself; kept is where the chain ends.
 * - `covered`: dropped when a kept row ranked before is similar.
 * - `components`: the first row of each connected component is kept.
 */
export type Rule = (typeof RULES)[number];

/** By row the one it is dropped for; the row itself where it is kept. `stays`: rows that never are dropped, and in no pair the later one. */
export function keptRows(
  pairs: RankedPairs,
  rule: Rule,
  stays: (row: number) => boolean = () => false,
): Int32Array {
  if (rule === 'components') return components(pairs, stays);
  if (rule === 'covered') return covered(pairs).row;
  return chainEnds(bestEarlier(pairs).row);
}

/** By kept row how many rows its group has: itself and those `dropped` for it. */
export function groupSizes(kept: Int32Array, dropped: Int32Array): Int32Array {
  const sizes = new Int32Array(kept.length).fill(1);
  for (const row of dropped) sizes[kept[row]]++;
  return sizes;
}
