import { quotedString } from '@duckdb/node-api';
import { chainEnds, Cycle } from '../../algorithms/groups/chain.ts';
import { rowNumbers, type BestPairs } from '../../algorithms/groups/rankedPairs.ts';
import { invalidInputError } from '../../errors.ts';
import type { PairSource } from './pairSource.ts';
import type { ReadPairs } from './readPairs.ts';

/**
 * The groups of pairs when each row has only its best pair. Rows that begin no pair are kept.
 * @throws Cycle, and NearduckError (Invalid Input Error) for a row with several pairs.
 */
export function bestOnly(
  { functionName, relation }: PairSource,
  { ids, place, row, other, score }: ReadPairs,
): { readonly kept: Int32Array; readonly best: BestPairs } {
  const best = { row: rowNumbers(place.length), score: new Float64Array(place.length) };
  const repeated = new Set<number>();
  for (let i = 0; i < row.length; i++) {
    if (best.score[row[i]] > 0) repeated.add(row[i]);
    best.row[row[i]] = other[i];
    best.score[row[i]] = score[i];
  }
  if (repeated.size > 0) {
    const names = [...repeated].slice(0, 5).map((r) => ids.text(place[r]));
    throw invalidInputError(
      `${functionName}: pairs ${quotedString(relation.text)} have ${repeated.size} ids more than once: ` +
        `${names.join(', ')}${repeated.size > 5 ? ', …' : ''}; pass the result of one call of pairwise`,
    );
  }
  // The end of a chain has no pair of its own.
  const loop = best.row.findIndex((match, r) => match === r && best.score[r] > 0);
  if (loop >= 0) throw new Cycle([loop]);
  return { kept: chainEnds(best.row), best };
}
