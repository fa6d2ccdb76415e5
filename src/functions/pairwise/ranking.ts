import { type DuckDBConnection, type DuckDBType, quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Column } from '../../columns/column.ts';
import { doubleValues } from '../../columns/fixedWidthColumn.ts';
import { invertKeys, numberKeys } from '../../columns/sortKeys.ts';
import type { Assignment } from '../../algorithms/assign.ts';
import { rankOrder, rankTerm, type RankTerm } from '../../algorithms/order/rankOrder.ts';
import { binderError, invalidInputError } from '../../errors.ts';
import {
  checkPerRow,
  collated,
  expressionError,
  hasCollation,
  typesOfExpressions,
} from '../../relation/expression.ts';
import { nameAnother, requireColumn } from '../../relation/embeddingType.ts';
import type { Expressions, RelationRows } from '../../relation/readRelation.ts';
import type { Relation } from '../../relation/relation.ts';
import type { Arguments } from '../definition.ts';

/** Rows and the additional columns that their ranking reads. */
export type RankableRows = Pick<RelationRows, 'ids' | 'hashes' | 'extras'>;

/** How rows are ranked. */
export interface Ranking {
  /** Additional expressions to read of the relation, under the name `rank`. */
  expressions(connection: DuckDBConnection): Promise<Expressions>;
  /** The numbers of all rows in rank order. The first row of a cluster is kept. */
  order(rows: RankableRows): Int32Array;
}

const DISTANCES = { cosine: 'cosine_dist_to_cent', l2: 'l2_dist_to_cent' } as const;

/** The strategy of a call. Without `which_to_keep`, hard rows are kept. */
const keptBy = (
  call: Arguments,
): { readonly keep: 'hard' | 'easy' | 'random'; readonly metric: keyof typeof DISTANCES } => ({
  keep: call.has('which_to_keep') ? call.choice('which_to_keep') : 'hard',
  metric: call.choice('sim_metric'),
});

/** NeMo Curator's ranking strategies. @throws NearduckError (Binder Error) for arguments that name none. */
export function rankingOf(call: Arguments, relation: Relation): Ranking {
  const { keep, metric } = keptBy(call);
  if (call.isGiven('rank_by')) return byExpression(call.functionName, call.text('rank_by'), relation);
  if (keep === 'random') return RANDOM;
  const { name } = requireDistance(call.functionName, relation, DISTANCES[metric]);
  return {
    expressions: async () => ({ rank: [`CAST(${quotedIdentifier(name)} AS DOUBLE)`] }),
    order: ({ ids, extras }) => distanceOrder(doubleValues(extras.rank[0]), ids, keep),
  };
}

/** The ranking of rows that k-means has just assigned: by their distances, unless the call says otherwise. */
export interface ClusteredRanking extends Pick<Ranking, 'expressions'> {
  /** The numbers of all rows in rank order. */
  order(rows: RankableRows, assigned: Assignment): Int32Array;
}

/** @throws NearduckError (Binder Error) as `rankingOf`. */
export function clusteredRanking(call: Arguments, relation: Relation): ClusteredRanking {
  const { keep, metric } = keptBy(call);
  if (keep === 'random' || call.isGiven('rank_by')) return rankingOf(call, relation);
  return {
    expressions: async () => ({}),
    order: ({ ids }, { cosineDistance, euclideanDistance }) =>
      distanceOrder(
        (metric === 'cosine' ? cosineDistance : euclideanDistance).subarray(0, ids.length),
        ids,
        keep,
      ),
  };
}

function requireDistance(functionName: string, relation: Relation, name: string): { name: string } {
  try {
    return requireColumn(functionName, relation, name, nameAnother('sim_metric'));
  } catch {
    throw binderError(
      `${functionName}: relation ${quotedString(relation.text)} has no column ${quotedIdentifier(name)} to ` +
        `rank by; join the result of kmeans, or choose which_to_keep := 'random' or rank_by := '…'`,
    );
  }
}

/** The columns that the order by hash needs. */
export type HashedRows = Pick<RelationRows, 'ids' | 'hashes'>;

/** Orders rows by seeded hash, then by id. The order of reading has no influence. */
export function hashedOrder({ ids, hashes }: HashedRows): Int32Array {
  const compare = (a: number, b: number): number =>
    hashes[a] < hashes[b] ? -1 : hashes[a] > hashes[b] ? 1 : 0;
  const hash = rankTerm(() => ({ keys: hashes, exact: true }), compare);
  return rankOrder(hashes.length, [hash, columnTerm(ids)]);
}

const RANDOM: Ranking = { expressions: async () => ({}), order: hashedOrder };

/** `hard`: farthest from the centroid first, then larger ids; `easy`: the reverse. NULL is last. */
function distanceOrder(
  distance: Float32Array | Float64Array,
  ids: Column,
  keep: 'hard' | 'easy',
): Int32Array {
  const descending = keep === 'hard';
  const sign = descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const x = distance[a];
    const y = distance[b];
    if (x === y) return 0;
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y);
  };
  const term = rankTerm(() => ({ keys: numberKeys(distance, descending), exact: true }), compare);
  return rankOrder(distance.length, [term, columnTerm(ids, descending)]);
}

/** Orders rows by the values of a column. */
export function columnTerm(column: Column, descending = false): RankTerm {
  if (!descending)
    return rankTerm(
      () => column.sortKeys(),
      (a, b) => column.compare(a, b),
    );
  return rankTerm(
    () => {
      const { keys, exact } = column.sortKeys();
      return { keys: invertKeys(keys), exact };
    },
    (a, b) => column.compare(b, a),
  );
}

/** Any SQL ordering over the relation's columns, with NULLs last by default. Ties are ordered by id. */
function byExpression(functionName: string, rankBy: string, relation: Relation): Ranking {
  return {
    async expressions(connection) {
      try {
        const orders = await parseOrder(connection, functionName, rankBy);
        const types = await typesOfExpressions(
          connection,
          relation,
          orders.map(({ expression }) => expression),
        );
        const terms = orders.map((term, i) => followCollation(connection, relation, term, types[i]));
        const key = sortKey(await Promise.all(terms));
        await checkPerRow(connection, relation, key);
        return { rank: [key] };
      } catch (cause) {
        throw expressionError(functionName, 'rank_by', rankBy, cause);
      }
    },
    order: ({ ids, extras: { rank } }) => rankOrder(ids.length, [columnTerm(rank[0]), columnTerm(ids)]),
  };
}

/** An expression whose bytes order rows as `ORDER BY` would. */
const sortKey = (orders: readonly OrderTerm[]): string =>
  `create_sort_key(${orders.map(({ expression, order }) => `${expression}, '${order}'`).join(', ')})`;

async function followCollation(
  connection: DuckDBConnection,
  relation: Relation,
  term: OrderTerm,
  type: DuckDBType,
): Promise<OrderTerm> {
  if (term.isConstant || !hasCollation(type)) return term;
  return { ...term, expression: await collated(connection, relation, term.expression) };
}

interface OrderTerm {
  readonly expression: string;
  /** True for a literal, which ORDER BY would take as a position or refuse. */
  readonly isConstant: boolean;
  /** The order in the form of `create_sort_key`, such as `DESC NULLS LAST`. */
  readonly order: string;
}

/**
 * The terms of an ORDER BY list, one per row. DuckDB parses the list and prints the expressions: JSON.parse would
 * round large integers. A text that is no such list gives one row with its error message.
 */
const PARSE_ORDER = `
WITH parsed AS (SELECT json_serialize_sql('SELECT 1 ORDER BY ' || $rank_by)::JSON AS tree),
list AS (
  SELECT
    tree->'$.statements[0].node' AS node,
    json_array_length(tree, '$.statements') = 1
      AND json_array_length(node, '$.modifiers') = 1
      AND (node->>'$.modifiers[0].type') = 'ORDER_MODIFIER' AS is_order,
    tree->>'error_message' AS error_message,
    unnest(coalesce(from_json(node->'$.modifiers[0].orders', '["JSON"]'), [NULL])) AS term
  FROM parsed
)
SELECT
  is_order,
  error_message,
  CASE WHEN is_order THEN json_deserialize_sql(json_object('error', false, 'statements', [json_object(
    'node', json_merge_patch(node, json_object('modifiers', [], 'select_list', [term->'expression']))
  )])) END,
  (term->>'$.expression.class') = 'CONSTANT',
  if((term->>'type') = 'DESCENDING', 'DESC', 'ASC')
    || if((term->>'null_order') = 'NULLS FIRST', ' NULLS FIRST', ' NULLS LAST')
FROM list`;

async function parseOrder(
  connection: DuckDBConnection,
  functionName: string,
  rankBy: string,
): Promise<OrderTerm[]> {
  const terms = (await connection.runAndReadAll(PARSE_ORDER, { rank_by: rankBy })).getRows();
  return terms.map(([isOrder, reason, select, isConstant, order]) => {
    if (!isOrder) {
      throw invalidInputError(
        `${functionName}: rank_by must be an ordering such as 'quality_score DESC, duration DESC', got ` +
          quotedString(rankBy) +
          (reason ? `: ${String(reason)}` : ''),
      );
    }
    // DuckDB prints an expression as `SELECT expression`.
    const expression = String(select).replace(/^SELECT /, '');
    return { expression, isConstant: isConstant === true, order: String(order) };
  });
}
