import { DOUBLE, FLOAT, quotedString } from '@duckdb/node-api';
import {
  booleanColumn,
  float32Column,
  float64Column,
  inputColumn,
  int64Column,
} from '../../columns/computedColumns.ts';
import { Cycle, chainEnds } from '../../algorithms/groups/chain.ts';
import { groupSizes, keptRows, type Rule } from '../../algorithms/groups/groups.ts';
import {
  bestEarlierPairs,
  rowNumbers,
  type BestPairs,
  rankedPairs,
  type RankedPairs,
} from '../../algorithms/groups/rankedPairs.ts';
import { rankOrder } from '../../algorithms/order/rankOrder.ts';
import { binderError, invalidInputError } from '../../errors.ts';
import { boundColumns, parametersOf } from '../declarations.ts';
import type { FunctionDefinition } from '../definition.ts';
import { columnTerm } from '../pairwise/ranking.ts';
import { isDouble, pairSource, type PairSource } from './pairSource.ts';
import { readPairs, type ReadPairs } from './readPairs.ts';
import { EPS, RULE, ruleOf } from './rule.ts';
import { numberKeys } from '../../columns/sortKeys.ts';
import { radixSort } from '../../algorithms/order/radixSort.ts';
import { placesIn } from '../../algorithms/pairwise/clusterOrder.ts';

const RETURNS =
  'id, kept_id, max_id, cosine_sim_score FLOAT (DOUBLE if that of pairs is DOUBLE), ' +
  'group_size BIGINT (rows of the group, including the kept row); with pairs of against, ' +
  'kept_in_against BOOLEAN, max_in_against BOOLEAN';

/** The table function `duplicate_groups`. */
export const duplicateGroupsFunction: FunctionDefinition = {
  name: 'duplicate_groups',
  description:
    'Finds the row that is kept for each duplicate. Returns one row per duplicate, sorted by id. max_id ' +
    'and cosine_sim_score are those of pairwise, whatever the rule: the most similar row ranked before it, ' +
    'or the row itself and 0 if none is within eps.',
  returns: RETURNS,
  positional: [
    ...parametersOf(`
      pairs VARCHAR: the result of pairwise or kmeans_pairwise (rule chain only: they have the best pair of each
        row), or of similar_pairs; or a SELECT from one
    `),
    EPS,
  ],
  named: [RULE],
  example: `FROM duplicate_groups('FROM similar_pairs(''embeddings'', 0.01)', 0.01, rule := 'covered')`,
  bind(call, relationOf) {
    const { functionName } = call;
    const relation = relationOf(call.text('pairs'));
    const eps = call.share('eps');
    const rule = ruleOf(call);
    const source = pairSource(functionName, relation);
    if (rule !== 'chain' && !source.all) {
      throw binderError(
        `${functionName}: rule '${rule}' needs all pairs, and relation ${quotedString(relation.text)} has ` +
          'only the best one of each row; pass the result of similar_pairs',
      );
    }
    const id = source.id.type;
    return {
      columns: boundColumns(RETURNS, { id, cosine_sim_score: isDouble(source) ? DOUBLE : FLOAT }, [
        source.inAgainst && 'pairs of against',
      ]),
      async compute(context) {
        const pairs = await readPairs(context, source, eps);
        const { kept, best } = groupsIn(source, pairs, rule);
        const dropped = rowNumbers(pairs.firstAgainst).filter((row) => kept[row] !== row);
        const places = dropped.map((row) => pairs.place[row]);
        const byId = rankOrder(dropped.length, [columnTerm(pairs.ids.take(places))]);
        const rows = byId.map((i) => dropped[i]);
        const sizes = groupSizes(kept, dropped);
        const scores = Float64Array.from(rows, (row) => best.score[row]);
        const ids = (of: Int32Array) =>
          inputColumn(
            pairs.ids,
            of.map((row) => pairs.place[row]),
          );
        return {
          rowCount: rows.length,
          columns: [
            ids(rows),
            ids(rows.map((row) => kept[row])),
            ids(rows.map((row) => best.row[row])),
            isDouble(source) ? float64Column(scores) : float32Column(Float32Array.from(scores)),
            int64Column(BigInt64Array.from(rows, (row) => BigInt(sizes[kept[row]]))),
            ...(source.inAgainst ? [kept, best.row] : []).map((of) =>
              booleanColumn((i) => of[rows[i]] >= pairs.firstAgainst),
            ),
          ],
        };
      },
    };
  },
};

/** Finds the groups, by row. */
function groupsIn(
  source: PairSource,
  pairs: ReadPairs,
  rule: Rule,
): { readonly kept: Int32Array; readonly best: BestPairs } {
  try {
    return source.all ? allPairs(source, pairs, rule) : bestOnly(source, pairs);
  } catch (error) {
    if (!(error instanceof Cycle)) throw error;
    const { functionName, relation } = source;
    const ids = [...error.rows.slice(0, 5), error.rows[0]].map((row) => pairs.ids.text(pairs.place[row]));
    if (error.rows.length > 5) ids.splice(5, 0, '…');
    throw invalidInputError(
      `${functionName}: pairs ${quotedString(relation.text)} form a cycle: ${ids.join(' → ')}; each ` +
        'max_id must rank before its id, as pairwise returns them',
    );
  }
}

function allPairs(source: PairSource, pairs: ReadPairs, rule: Rule): ReturnType<typeof groupsIn> {
  const { ranked, order } = rankPairs(source, pairs);
  const isProtected = new Uint8Array(order.length);
  pairs.otherProtected?.forEach((flag, i) => flag === 1 && (isProtected[pairs.other[i]] = 1));
  const isExempt = (rank: number): boolean =>
    order[rank] >= pairs.firstAgainst || isProtected[order[rank]] === 1;
  const keptRanks = keptRows(ranked, rule, isExempt);
  const bestRanks = bestEarlierPairs(ranked);
  const kept = new Int32Array(order.length);
  const best = { row: new Int32Array(order.length), score: new Float64Array(order.length) };
  order.forEach((row, rank) => {
    kept[row] = order[keptRanks[rank]];
    best.row[row] = order[bestRanks.row[rank]];
    best.score[row] = bestRanks.score[rank];
  });
  return { kept, best };
}

/**
 * The groups of pairs when each row has only its best pair. Rows that begin no pair are kept.
 * @throws Cycle, and NearduckError (Invalid Input Error) for a row with several pairs.
 */
function bestOnly(
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
function rankPairs({ functionName, relation }: PairSource, pairs: ReadPairs): Ranked {
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
