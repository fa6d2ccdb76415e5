import { quotedString } from '@duckdb/node-api';
import { numberKeys } from '../../columns/sortKeys.ts';
import { radixSort } from '../../algorithms/order/radixSort.ts';
import { rankedPairs, rowNumbers, type RankedPairs } from '../../algorithms/groups/rankedPairs.ts';
import { placesIn } from '../../algorithms/pairwise/clusterOrder.ts';
import { invalidInputError } from '../../errors.ts';
import type { PairSource } from './pairSource.ts';
import type { ReadPairs } from './readPairs.ts';

/** Pairs with ranks numbered 0, 1, … instead of the ranks that were read. */
interface Ranked {
  readonly ranked: RankedPairs;
  /** The row of each rank. */
  readonly order: Int32Array;
}

/**
 * Numbers the rows of pairs by rank.
 * @throws NearduckError (Invalid Input Error) for ranks that are NULL or contradictory, or that place
 * `other_id` after `id`.
 */
export function rankPairs({ functionName, relation }: PairSource, pairs: ReadPairs): Ranked {
  const { ids, place, row, other, score, isCopy } = pairs;
  const [rank, otherRank] = [pairs.rank!, pairs.otherRank!];
  const rows = place.length;
  const idOf = (r: number): string => ids.text(place[r]);
  const fail = (what: string): Error =>
    invalidInputError(
      `${functionName}: pairs ${quotedString(relation.text)}: ${what}; pass the result of one call of ` +
        'similar_pairs',
    );
  const rankOf = new Float64Array(rows).fill(NaN);
  const note = (r: number, value: number): void => {
    if (Number.isNaN(value)) throw fail(`the rank of id ${idOf(r)} is NULL`);
    if (value !== (rankOf[r] = Number.isNaN(rankOf[r]) ? value : rankOf[r]))
      throw fail(`id ${idOf(r)} has the ranks ${rankOf[r]} and ${value}`);
  };
  for (let i = 0; i < row.length; i++) {
    note(row[i], rank[i]);
    note(other[i], otherRank[i]);
    if (otherRank[i] < rank[i]) continue;
    throw fail(`other_id ${idOf(other[i])} is not ranked before id ${idOf(row[i])}`);
  }
  const order = radixSort(numberKeys(rankOf), rowNumbers(rows));
  for (let i = 1; i < rows; i++) {
    const [a, b] = [order[i - 1], order[i]];
    if (rankOf[a] === rankOf[b]) throw fail(`ids ${idOf(a)} and ${idOf(b)} have the same rank ${rankOf[a]}`);
  }
  const places = placesIn(order);
  const [later, earlier] = [row, other].map((of) => of.map((r) => places[r]));
  if (!isCopy) return { ranked: rankedPairs(rows, [{ later, earlier, score }], rowNumbers(rows)), order };
  const first = rowNumbers(rows);
  later.forEach((r, i) => isCopy[i] && (first[r] = earlier[i]));
  for (let r = 0; r < rows; r++) first[r] = first[first[r]];
  const kept = rowNumbers(later.length).filter((i) => isCopy[i] === 0);
  const take = { later: kept.map((i) => later[i]), earlier: kept.map((i) => earlier[i]) };
  return {
    ranked: rankedPairs(rows, [{ ...take, score: Float64Array.from(kept, (i) => score[i]) }], first),
    order,
  };
}
