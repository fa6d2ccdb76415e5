import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Column, ResultColumn } from '../../columns/column.ts';
import { float64Column, int64Column } from '../../columns/computedColumns.ts';
import { doubleValues } from '../../columns/fixedWidthColumn.ts';
import { rankOrder } from '../../algorithms/order/rankOrder.ts';
import type { RankedRows } from '../../algorithms/pairwise/clusterOrder.ts';
import { defaultRows, estimateRecall, recallOf, type Recall } from '../../algorithms/recall/recall.ts';
import type { ComputeContext, ResultTable } from '../../connection/job.ts';
import { invalidInputError } from '../../errors.ts';
import { firstRow, oneValue } from '../../queryValues.ts';
import { requireColumn } from '../../relation/embeddingType.ts';
import {
  readRelation,
  type Expressions,
  type RelationRows,
  type RelationSource,
} from '../../relation/readRelation.ts';
import { findColumn, type Relation } from '../../relation/relation.ts';
import { computeOptions, stepOptions } from '../context.ts';
import { boundColumns, parametersOf } from '../declarations.ts';
import type { FunctionDefinition } from '../definition.ts';
import { duplicateCondition } from '../groups/readPairs.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, SEED, sourceOf } from '../kmeansCall.ts';
import { columnTerm } from './ranking.ts';
import { EXEMPT_PARAMETERS, exemptRowsOf } from './exemptRows.ts';

/** Added to the seed, so that the checked rows are not those that k-means was fitted on. */
const SEED_OFFSET = 7_001;

const RETURNS =
  'eps DOUBLE, duplicates BIGINT (found), recall DOUBLE, recall_low DOUBLE, recall_high DOUBLE (95 % interval), ' +
  'rows_checked BIGINT';

/** The table function `pairwise_recall`. */
export const pairwiseRecallFunction: FunctionDefinition = {
  name: 'pairwise_recall',
  description:
    'Estimates the share of all duplicates that a search inside clusters found, by comparing a sample ' +
    'of the other rows with all rows. Returns one row per eps.',
  returns: RETURNS,
  positional: [
    RELATION,
    ...parametersOf(`
      pairs VARCHAR: the result of pairwise or kmeans_pairwise on these rows; if it has the column
        checked_score, and rows is not given, the relation is not read
      eps DOUBLE or DOUBLE[]: a number in [0, 1], or a list of them
    `),
  ],
  named: [
    ID,
    EMBEDDING,
    ...parametersOf(`
      rows BIGINT := 1,700; all of up to 10,000: number of rows sampled among those that are not duplicates, by
        hash of id; the cost grows with it, and the interval narrows with its square root
    `),
    ...EXEMPT_PARAMETERS,
    SEED,
    ON_INVALID,
    BACKEND,
  ],
  example: `FROM pairwise_recall('embeddings', 'FROM kmeans_pairwise(''embeddings'', 4)', [0.01, 0.1])`,
  bind(call, relationOf) {
    const { functionName } = call;
    const pairs = relationOf(call.text('pairs'));
    const eps = call.shares('eps');
    const sampled = call.has('rows') ? call.integer('rows', 1) : undefined;
    const isChecked = sampled === undefined && findColumn(pairs, 'checked_score') !== undefined;
    for (const column of isChecked ? ['cosine_sim_score'] : ['id', 'cosine_sim_score', 'rank'])
      requireColumn(functionName, pairs, column, 'pass the result of pairwise or kmeans_pairwise');
    const source = isChecked ? undefined : sourceOf(call, relationOf);
    const exempt = source && exemptRowsOf(call, source, relationOf);
    if (exempt && (findColumn(pairs, 'max_in_against') !== undefined) !== (exempt.against !== undefined)) {
      throw call.error(
        'against',
        exempt.against
          ? 'must be left out: pairs have no column "max_in_against"'
          : 'must be the relation that the pairs were found with: they have the column "max_in_against"',
        call.isGiven('against') ? call.text('against') : null,
      );
    }
    const seed = call.integer('seed', 0);
    const backend = checkBackend(call);
    return {
      columns: boundColumns(RETURNS),
      async compute(context) {
        if (!source || !exempt) return recallTable(await countedRecalls(context, pairs, eps));
        const options = await computeOptions(context, call, backend);
        const joined = joinPairs(source, pairs);
        const rows = await readRelation(joined.source, {
          ...options,
          seed: seed + SEED_OFFSET,
          extras: { ...joined.extras, ...(await exempt.expressions(context.connection)) },
        });
        try {
          const [score, rank] = rows.extras.pairs;
          const order = await checkPairs(context, { source, pairs }, rows, rank);
          const all = await exempt.read(rows, options);
          const ranked = all.rank(order);
          checkProtected(functionName, pairs, ranked, order);
          const found = { score: doubleValues(score), ranked, hashes: rows.hashes };
          const count = sampled ?? defaultRows(rows.rowCount);
          const recalls = rows.store
            ? await estimateRecall(rows.store, found, eps, count, await stepOptions(context, options))
            : eps.map((e) => ({ eps: e, duplicates: 0, recall: 1, low: 1, high: 1, checked: 0 }));
          return recallTable(recalls);
        } finally {
          rows.store?.close();
        }
      },
    };
  },
};

function recallTable(recalls: readonly Recall[]): ResultTable {
  const doubles = (valueOf: (recall: Recall) => number): ResultColumn =>
    float64Column(Float64Array.from(recalls, valueOf));
  const counts = (valueOf: (recall: Recall) => number): ResultColumn =>
    int64Column(BigInt64Array.from(recalls, (recall) => BigInt(valueOf(recall))));
  return {
    rowCount: recalls.length,
    columns: [
      doubles(({ eps }) => eps),
      counts(({ duplicates }) => duplicates),
      doubles(({ recall }) => recall),
      doubles(({ low }) => low),
      doubles(({ high }) => high),
      counts(({ checked }) => checked),
    ],
  };
}

/** Estimates the recall from the rows that `kmeans_pairwise` has checked. */
async function countedRecalls(
  { connection }: ComputeContext,
  pairs: Relation,
  eps: readonly number[],
): Promise<Recall[]> {
  const isFound = eps.map((e) => duplicateCondition('cosine_sim_score', e));
  const counted = async (conditions: readonly string[], from: string): Promise<number[]> => {
    const filtered = conditions.map((condition) => `count(*) FILTER (${condition})`);
    const row = await firstRow(connection, `SELECT ${['count(*)', ...filtered].join(', ')} FROM ${from}`);
    return row.map(Number);
  };
  const [rows, ...found] = await counted(isFound, pairs.from);
  // These conditions are evaluated only for the checked rows, which are few.
  const [, ...unfound] = await counted(
    eps.flatMap((e, i) => [
      `NOT ${isFound[i]}`,
      `${duplicateCondition('checked_score', e)} AND NOT ${isFound[i]}`,
    ]),
    `${pairs.from} WHERE checked_score IS NOT NULL`,
  );
  return eps.map((e, i) => {
    const [checked, missed] = unfound.slice(2 * i, 2 * i + 2);
    return recallOf({ eps: e, rows, duplicates: found[i], checked, missed });
  });
}

/** Checks that the protected rows are ranked first. */
function checkProtected(functionName: string, pairs: Relation, ranked: RankedRows, order: Int32Array): void {
  const own = ranked.order.subarray(ranked.order.length - order.length);
  if (own.every((row, place) => row === order[place])) return;
  throw invalidInputError(
    `${functionName}: pairs ${quotedString(pairs.text)} do not rank the protected rows first; pass ` +
      'the same protect as for the pairs',
  );
}

/** The relation with the score and rank of each row as additional columns. */
function joinPairs(source: RelationSource, pairs: Relation): { source: RelationSource; extras: Expressions } {
  const id = quotedIdentifier(source.id.name);
  const from =
    `(SELECT ours.*, theirs.* FROM ${source.relation.from} AS ours ` +
    'LEFT JOIN (SELECT id AS nearduck_id, CAST(cosine_sim_score AS DOUBLE) AS nearduck_score, ' +
    `CAST(rank AS BIGINT) AS nearduck_rank FROM ${pairs.from}) AS theirs ` +
    `ON ours.${id} = theirs.nearduck_id)`;
  return {
    source: { ...source, relation: { ...source.relation, from } },
    extras: { pairs: ['nearduck_score', 'nearduck_rank'] },
  };
}

/**
 * Returns the rows in the order of their ranks.
 * @throws NearduckError (Invalid Input Error) for rows without a rank, ranks that occur twice, and pairs of
 * other rows.
 */
async function checkPairs(
  { connection }: ComputeContext,
  { source, pairs }: { source: RelationSource; pairs: Relation },
  { ids, rowCount }: RelationRows,
  rank: Column,
): Promise<Int32Array> {
  const { functionName } = source;
  const name = `pairs ${quotedString(pairs.text)}`;
  for (let row = 0; row < rowCount; row++) {
    if (!rank.isNull(row)) continue;
    throw invalidInputError(
      `${functionName}: ${name} has no rank for id ${ids.text(row)}; pass the result of pairwise or ` +
        'kmeans_pairwise on the same rows',
    );
  }
  const count = Number(await oneValue(connection, `SELECT count(*) FROM ${pairs.from}`));
  if (count !== rowCount) {
    throw invalidInputError(
      `${functionName}: ${name} has ${count} rows, relation ${quotedString(source.relation.text)} ` +
        `${rowCount} valid ones; pass the result of pairwise or kmeans_pairwise on the same rows`,
    );
  }
  const order = rankOrder(rowCount, [columnTerm(rank)]);
  for (let place = 1; place < rowCount; place++) {
    if (rank.compare(order[place - 1], order[place]) !== 0) continue;
    throw invalidInputError(`${functionName}: ${name} has rank ${rank.text(order[place])} more than once`);
  }
  return order;
}
