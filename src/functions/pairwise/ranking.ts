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
import { firstRow, oneValue } from '../../queryValues.ts';
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

/**
 * NeMo Curator's ranking strategies.
 * @throws NearduckError (Binder Error) for arguments that name none.
 */
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
      `${functionName}: relation ${quotedString(relation.text)} has no column ${quotedIdentifier(name)} ` +
        'to rank by; ' +
        `join the result of kmeans, or choose which_to_keep := 'random' or rank_by := '…'`,
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
      const orders = await parseOrder(connection, functionName, rankBy);
      try {
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

/** Parses an ORDER BY list with DuckDB's own parser. */
async function parseOrder(
  connection: DuckDBConnection,
  functionName: string,
  rankBy: string,
): Promise<OrderTerm[]> {
  const serialize = `SELECT json_serialize_sql(${quotedString(`SELECT 1 ORDER BY ${rankBy}`)})`;
  const json = String(await oneValue(connection, serialize));
  // Locations reach 2⁶⁴ − 1, which JSON.parse would round to something DuckDB does not take back.
  const tree = JSON.parse(json.replaceAll(/"query_location":\d+/g, '"query_location":0')) as SerializedSql;
  const modifiers = tree.statements?.[0]?.node.modifiers;
  const orders = modifiers?.find(({ type }) => type === 'ORDER_MODIFIER')?.orders;
  if (!orders?.length || modifiers?.length !== 1 || tree.statements?.length !== 1) {
    const reason = tree.error_message ? `: ${tree.error_message}` : '';
    throw invalidInputError(
      `${functionName}: rank_by must be an ordering such as 'quality_score DESC, duration DESC', got ` +
        `${quotedString(rankBy)}${reason}`,
    );
  }
  // DuckDB prints the text of an expression as `SELECT expression`.
  const [{ node }] = tree.statements;
  const texts = await firstRow(
    connection,
    `SELECT ${orders.map(({ expression }) => printSelect({ ...node, modifiers: [], select_list: [expression] })).join(', ')}`,
  );
  return orders.map(({ type, null_order, expression }, i) => ({
    expression: String(texts[i]).replace(/^SELECT /, ''),
    isConstant: expression.class === 'CONSTANT',
    order:
      `${type === 'DESCENDING' ? 'DESC' : 'ASC'} NULLS ` +
      `${null_order === 'NULLS FIRST' ? 'FIRST' : 'LAST'}`,
  }));
}

const printSelect = (node: SerializedSelect): string =>
  `json_deserialize_sql(${quotedString(JSON.stringify({ error: false, statements: [{ node }] }))}::JSON)`;

interface OrderNode {
  readonly type: string;
  readonly null_order: string;
  readonly expression: { readonly class: string };
}

interface SerializedSelect {
  readonly modifiers: readonly { readonly type: string; readonly orders?: readonly OrderNode[] }[];
  readonly select_list: readonly unknown[];
}

interface SerializedSql {
  readonly error_message?: string;
  readonly statements?: readonly { readonly node: SerializedSelect }[];
}
