import {
  BOOLEAN,
  DuckDBTypeId,
  quotedIdentifier,
  quotedString,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import type { Column } from '../../columns/column.ts';
import { booleanColumn } from '../../columns/computedColumns.ts';
import { FixedWidthColumn } from '../../columns/fixedWidthColumn.ts';
import type { ResultColumn } from '../../columns/resultColumn.ts';
import { INTEGER_TYPES, sameType } from '../../columns/types.ts';
import { rankOrder } from '../../algorithms/order/rankOrder.ts';
import type { RankedRows } from '../../algorithms/pairwise/clusterOrder.ts';
import { binderError } from '../../errors.ts';
import { requireColumn } from '../../relation/embeddingType.ts';
import { checkPerRow, expressionError, typesOfExpressions } from '../../relation/expression.ts';
import { checkIds } from '../../relation/checkIds.ts';
import {
  readRelation,
  relationSource,
  type Expressions,
  type ReadOptions,
  type RelationRows,
  type RelationSource,
} from '../../relation/readRelation.ts';
import type { Relation } from '../../relation/relation.ts';
import type { Arguments, Parameter } from '../definition.ts';
import { columnTerm, type HashedRows, type RankableRows } from './ranking.ts';

/** The parameters that exempt rows: exempt rows are never duplicates, and are not compared with each other. */
export const EXEMPT_PARAMETERS: readonly Parameter[] = [
  {
    name: 'protect',
    type: VARCHAR,
    default: 'none',
    description: `a condition over the relation's columns, such as 'is_curated'; rows that meet it rank before all others and are never duplicates, not even of each other`,
  },
  {
    name: 'against',
    type: VARCHAR,
    default: 'none',
    description:
      'a relation of earlier rows, with columns named as in `relation`: they rank before all its rows, by id, are not compared with each other and not returned, and k-means is not fitted on them; the two may have ids in common',
  },
];

/** The column that `against` adds. */
export const MAX_IN_AGAINST = { name: 'max_in_against', type: BOOLEAN, with: 'against' } as const;

/** The exempt rows of a call. */
export interface ExemptRows {
  /** The earlier rows. */
  readonly against: RelationSource | undefined;
  /** True when rows of the relation may be exempt. */
  readonly protects: boolean;
  /** What to read of the relation besides, named `protect`. */
  expressions(connection: DuckDBConnection): Promise<Expressions>;
  /** Reads the earlier rows into the store of `rows`, behind these. `extras`: what to read of them besides. */
  read(rows: RelationRows, options: ReadOptions, extras?: Expressions): Promise<AllRows>;
}

/** Rows with the earlier ones behind them, as they are numbered in the store. */
export interface AllRows {
  readonly ids: Column;
  /** The columns asked for of the earlier rows; undefined where there are none. */
  readonly extras: RelationRows['extras'] | undefined;
  /** The earlier rows; undefined where there are none. */
  readonly earlier?: HashedRows;
  /** Ranks all rows; `order` has those of the relation, first-ranked first. */
  rank(order: Int32Array): RankedRows;
  /** For each of some rows whether it is an earlier one. */
  areEarlier(rows: Int32Array): ResultColumn;
  /** For each of some rows whether it is a protected one. */
  areProtected(rows: Int32Array): ResultColumn;
}

/** Columns read of the relation and of the earlier rows under one name, the earlier values behind the others. */
export const allOf = ({ extras }: RelationRows, { extras: earlier }: AllRows, name: string): Column[] =>
  (extras[name] ?? []).map((column, i) => (earlier ? column.concat(earlier[name][i]) : column));

/** @throws NearduckError (Binder Error) for an earlier relation with other columns; `cluster` is one that it must have too. */
export function exemptRowsOf(
  call: Arguments,
  source: RelationSource,
  relationOf: (text: string) => Relation,
  cluster?: TypedColumn,
): ExemptRows {
  const protect = call.isGiven('protect') ? call.text('protect') : undefined;
  const against = call.isGiven('against')
    ? earlierSource(call, relationOf(call.text('against')), source.id, cluster)
    : undefined;
  return {
    against,
    protects: protect !== undefined,
    async expressions(connection): Promise<Expressions> {
      return protect === undefined ? {} : { protect: [await condition(connection, source, protect)] };
    },
    async read(rows, options, extras) {
      const earlier = against && rows.store ? await readEarlier(against, rows, options, extras) : undefined;
      const flags = rows.extras.protect?.[0];
      const bytes = flags instanceof FixedWidthColumn ? flags.bytes : undefined;
      const isProtected = (row: number): boolean => bytes?.[row] === 1;
      return {
        ids: earlier ? rows.ids.concat(earlier.ids) : rows.ids,
        extras: earlier?.extras,
        earlier,
        rank: (order) => (flags || earlier ? rank(order, isProtected, earlier) : { order }),
        areEarlier: (list) => booleanColumn((i) => list[i] >= rows.rowCount),
        areProtected: (list) => booleanColumn((i) => isProtected(list[i])),
      };
    },
  };
}

/** An expression that is true for the rows to protect, and never NULL. @throws NearduckError (Binder Error). */
async function condition(
  connection: DuckDBConnection,
  { functionName, relation }: RelationSource,
  protect: string,
): Promise<string> {
  const expression = `(${protect}\n)`;
  try {
    const [type] = await typesOfExpressions(connection, relation, [expression]);
    if (type.typeId !== DuckDBTypeId.BOOLEAN) throw new Error(`it must be a BOOLEAN, got ${type.toString()}`);
    await checkPerRow(connection, relation, expression);
  } catch (cause) {
    throw expressionError(functionName, 'protect', protect, cause);
  }
  return `coalesce(${expression}, false)`;
}

export interface TypedColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

function earlierSource(
  call: Arguments,
  relation: Relation,
  id: TypedColumn,
  cluster: TypedColumn | undefined,
): RelationSource {
  const { functionName } = call;
  const source = relationSource(functionName, relation, call.text('id'), call.text('embedding'));
  let alike = castColumn(functionName, relation, source.id, id.type);
  if (cluster) {
    const remedy =
      'put the earlier rows in the same clusters with kmeans_assign, or compare all rows with cluster := NULL';
    const theirs = requireColumn(functionName, relation, cluster.name, remedy);
    alike = castColumn(functionName, alike, theirs, cluster.type);
  }
  return {
    ...source,
    functionName: `${functionName}: against ${quotedString(relation.text)}`,
    relation: alike,
    id: { name: source.id.name, type: id.type },
  };
}

/**
 * The relation with a column as another type.
 * @throws NearduckError (Binder Error) unless integers become other integers, or anything becomes text: no value changes then.
 */
function castColumn(
  functionName: string,
  relation: Relation,
  column: TypedColumn,
  type: DuckDBType,
): Relation {
  if (sameType(column.type, type)) return relation;
  const name = quotedIdentifier(column.name);
  const isSafe =
    type.typeId === DuckDBTypeId.VARCHAR ||
    (INTEGER_TYPES.has(type.typeId) && INTEGER_TYPES.has(column.type.typeId));
  if (!isSafe) {
    throw binderError(
      `${functionName}: column ${name} of against ${quotedString(relation.text)} has type ${column.type.toString()}, ` +
        `that of the relation ${type.toString()}; cast one: against := 'SELECT * REPLACE (${name}::… AS ${name}) FROM …'`,
    );
  }
  const from = `(SELECT * REPLACE (CAST(${name} AS ${type.toString()}) AS ${name}) FROM ${relation.from})`;
  return { ...relation, from, columns: new Map(relation.columns).set(column.name, type) };
}

/** Earlier rows; their first number in the store is `first`. */
interface EarlierRows extends RankableRows {
  readonly first: number;
}

async function readEarlier(
  source: RelationSource,
  { store, rowCount }: RelationRows,
  options: ReadOptions,
  extras: Expressions | undefined,
): Promise<EarlierRows> {
  const rows = await readRelation(source, {
    ...options,
    extras,
    into: store,
    progress: (progress) => options.progress({ ...progress, step: 'read against' }),
  });
  checkIds(source, rows);
  return { ids: rows.ids, extras: rows.extras, hashes: rows.hashes, first: rowCount };
}

/** Earlier rows by id, then the protected ones, then all others, both in their order. */
function rank(
  order: Int32Array,
  isProtected: (row: number) => boolean,
  earlier: EarlierRows | undefined,
): RankedRows {
  const count = earlier?.ids.length ?? 0;
  const all = new Int32Array(count + order.length);
  if (earlier)
    rankOrder(count, [columnTerm(earlier.ids)]).forEach((row, i) => (all[i] = earlier.first + row));
  const first = order.filter(isProtected);
  all.set(first, count);
  all.set(
    order.filter((row) => !isProtected(row)),
    count + first.length,
  );
  return { order: all, exemptCount: count + first.length, earlier: count };
}
