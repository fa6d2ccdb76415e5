import { chainEnds } from './chain.ts';
import { componentRows } from './components.ts';
import { coveredRows } from './covered.ts';
import { bestEarlierPairs, type RankedPairs } from './rankedPairs.ts';

/** Rules that decide which rows are dropped, and which kept row each is dropped for. */
export const RULES = ['chain', 'covered', 'components'] as const;

/**
 * - `chain`: a row is dropped when any row ranked before it is similar, even one that is dropped. It is
 *   dropped for the end of its chain.
 * - `covered`: a row is dropped when a kept row ranked before it is similar.
 * - `components`: the first row of each connected component is kept.
 */
export type Rule = (typeof RULES)[number];

/**
 * By row, the kept row that it is dropped for, or the row itself if it is kept. Exempt rows are never
 * dropped, and are never the later row of a pair.
 */
export function keptRows(
  pairs: RankedPairs,
  rule: Rule,
  isExempt: (row: number) => boolean = () => false,
): Int32Array {
  if (rule === 'components') return componentRows(pairs, isExempt);
  if (rule === 'covered') return coveredRows(pairs).row;
  return chainEnds(bestEarlierPairs(pairs).row);
}

/** By kept row, the size of its group: itself and the rows `dropped` for it. */
export function groupSizes(kept: Int32Array, dropped: Int32Array): Int32Array {
  const sizes = new Int32Array(kept.length).fill(1);
  for (const row of dropped) sizes[kept[row]]++;
  return sizes;
}
