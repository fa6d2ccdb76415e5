import { BIGINT, BOOLEAN, DOUBLE, FLOAT, quotedString, VARCHAR } from '@duckdb/node-api';
import {
  booleanColumn,
  float32Column,
  float64Column,
  inputColumn,
  int64Column,
} from '../../columns/computedColumns.ts';
import { Cycle } from '../../algorithms/groups/chain.ts';
import { groupSizes, keptRows, type Rule } from '../../algorithms/groups/groups.ts';
import { bestEarlierPairs, rowNumbers, type BestPairs } from '../../algorithms/groups/rankedPairs.ts';
import { rankOrder } from '../../algorithms/order/rankOrder.ts';
import { binderError, invalidInputError } from '../../errors.ts';
import { boundColumns, type ColumnDefinition } from '../columns.ts';
import type { FunctionDefinition } from '../definition.ts';
import { ID_COLUMN } from '../kmeans.ts';
import { MAX_ID, SCORE } from '../pairwise/pairwise.ts';
import { columnTerm } from '../pairwise/ranking.ts';
import { bestOnly } from './bestOnly.ts';
import { isDouble, pairSource, type PairSource } from './pairSource.ts';
import { rankPairs } from './rankPairs.ts';
import { readPairs, type ReadPairs } from './readPairs.ts';
import { EPS, RULE, ruleOf } from './rule.ts';

const COLUMNS: readonly ColumnDefinition[] = [
  ID_COLUMN,
  { name: 'kept_id', type: 'id' },
  MAX_ID,
  { ...SCORE, note: 'DOUBLE if that of pairs is DOUBLE' },
  { name: 'group_size', type: BIGINT, note: 'rows of the group, including the kept row' },
];

/** Additional columns when the pairs tell which rows belong to another relation. */
const AGAINST_COLUMNS = ['kept_in_against', 'max_in_against'].map((name) => ({
  name,
  type: BOOLEAN,
  with: 'pairs of against',
}));

/** The table function `duplicate_groups`. */
export const duplicateGroupsFunction: FunctionDefinition = {
  name: 'duplicate_groups',
  description:
    'Finds the row that is kept for each duplicate. Returns one row per duplicate, sorted by id. max_id ' +
    'and cosine_sim_score are those of pairwise, whatever the rule: the most similar row ranked before it, ' +
    'or the row itself and 0 if none is within eps.',
  columns: [...COLUMNS, ...AGAINST_COLUMNS],
  positional: [
    {
      name: 'pairs',
      type: VARCHAR,
      description:
        'the result of pairwise or kmeans_pairwise (rule chain only: they have the best pair of each ' +
        'row), or of similar_pairs; or a SELECT from one',
    },
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
      columns: [
        ...boundColumns(COLUMNS, { id, cosine_sim_score: isDouble(source) ? DOUBLE : FLOAT }),
        ...(source.inAgainst ? AGAINST_COLUMNS : []),
      ],
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
