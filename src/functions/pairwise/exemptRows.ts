import {
  DuckDBTypeId,
  quotedIdentifier,
  quotedString,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import type { Column, ResultColumn } from '../../columns/column.ts';
import { booleanColumn } from '../../columns/computedColumns.ts';
import { bytesOf } from '../../columns/fixedWidthColumn.ts';
import { INTEGER_TYPES, sameType, type NamedColumn } from '../../columns/types.ts';
import { rankOrder } from '../../algorithms/order/rankOrder.ts';
import type { RankedRows } from '../../algorithms/pairwise/clusterOrder.ts';
import { binderError } from '../../errors.ts';
import { requireColumn } from '../../relation/embeddingType.ts';
import { checkPerRow, expressionError, typesOfExpressions } from '../../relation/expression.ts';
import {
  readRelation,
  relationSource,
  type Expressions,
  type ReadOptions,
  type RelationRows,
  type RelationSource,
} from '../../relation/readRelation.ts';
import type { Relation } from '../../relation/relation.ts';
import { parametersOf, type Parameter } from '../declarations.ts';
import type { Arguments } from '../definition.ts';
import { columnTerm, type HashedRows, type RankableRows, type Ranking } from './ranking.ts';

/** Parameters that exempt rows: these are never duplicates and are not compared with each other. */
export const EXEMPT_PARAMETERS: readonly Parameter[] = parametersOf(`
  protect VARCHAR := none: a condition over the relation's columns, such as 'is_curated'; rows that meet it rank
    before all others and are never duplicates, not even of each other
  against VARCHAR := none: a relation of earlier rows, with columns named as in \`relation\`: they rank before
    all its rows, by id; they are not compared with each other, not returned, and not used to fit k-means; the
    two relations may have ids in common
`);

/** The exempt rows of a call. */
export interface ExemptRows {
  /** The earlier rows. */
  readonly against: RelationSource | undefined;
  /** True when rows of the relation may be exempt. */
  readonly protects: boolean;
  /** Additional expressions to read of the relation, under the name `protect`. */
  expressions(connection: DuckDBConnection): Promise<Expressions>;
  /** Reads the earlier rows into the store, after `rows`, with the additional expressions `extras`. */
  read(rows: RelationRows, options: ReadOptions, extras?: Expressions): Promise<AllRows>;
}

/** All rows as numbered in the store: the rows of the relation, then the earlier rows. */
export interface AllRows {
  readonly ids: Column;
  /** The additional columns of the earlier rows. Undefined when there are no earlier rows. */
  readonly extras: RelationRows['extras'] | undefined;
  /** The earlier rows. Undefined when there are none. */
  readonly earlier?: HashedRows;
  /** Ranks all rows. `order` is the ranking of the relation's rows. */
  rank(order: Int32Array): RankedRows;
  /** For each of the given rows, true when it is an earlier row. */
  areEarlier(rows: Int32Array): ResultColumn;
  /** For each of the given rows, true when it is protected. */
  areProtected(rows: Int32Array): ResultColumn;
}

/** The expressions that the ranking and the exempt rows of a call read. */
export const extrasOf = async (
  { connection }: Pick<ReadOptions, 'connection'>,
  ranking: Pick<Ranking, 'expressions'>,
  exempt: ExemptRows,
): Promise<Expressions> => ({
  ...(await ranking.expressions(connection)),
  ...(await exempt.expressions(connection)),
});

/** The additional columns of one name: values of the relation's rows, then those of the earlier rows. */
export const concatExtras = (
  { extras }: RelationRows,
  { extras: earlier }: AllRows,
  name: string,
): Column[] => (extras[name] ?? []).map((column, i) => (earlier ? column.concat(earlier[name][i]) : column));

/**
 * Returns the exempt rows of a call.
 * @throws NearduckError (Binder Error) for an earlier relation with other columns. It must also have the
 * column `cluster`, if given.
 */
export function exemptRowsOf(
  call: Arguments,
  source: RelationSource,
  relationOf: (text: string) => Relation,
  cluster?: NamedColumn,
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
      const bytes = flags && bytesOf(flags);
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

/** An expression that is true for the rows to protect, and never NULL. */
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

function earlierSource(
  call: Arguments,
  relation: Relation,
  id: NamedColumn,
  cluster: NamedColumn | undefined,
): RelationSource {
  const { functionName } = call;
  const source = relationSource(functionName, relation, call.text('id'), call.text('embedding'));
  let alike = castColumn(functionName, relation, source.id, id.type);
  if (cluster) {
    const remedy =
      'put the earlier rows in the same clusters with kmeans_assign, or compare all rows with cluster ' +
      ':= NULL';
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
 * The relation with a column cast to another type.
 * @throws NearduckError (Binder Error) unless the cast changes no value: from one integer type to another, or
 * to text.
 */
function castColumn(
  functionName: string,
  relation: Relation,
  column: NamedColumn,
  type: DuckDBType,
): Relation {
  if (sameType(column.type, type)) return relation;
  const name = quotedIdentifier(column.name);
  const isSafe =
    type.typeId === DuckDBTypeId.VARCHAR ||
    (INTEGER_TYPES.has(type.typeId) && INTEGER_TYPES.has(column.type.typeId));
  if (!isSafe) {
    throw binderError(
      `${functionName}: column ${name} of against ${quotedString(relation.text)} has type ` +
        `${column.type.toString()}, but the relation's has type ${type.toString()}; cast one: against := ` +
        `'SELECT * REPLACE (${name}::… AS ${name}) FROM …'`,
    );
  }
  const from = `(SELECT * REPLACE (CAST(${name} AS ${type.toString()}) AS ${name}) FROM ${relation.from})`;
  return { ...relation, from, columns: new Map(relation.columns).set(column.name, type) };
}

/** Earlier rows. The first one has number `first` in the store. */
interface StoredEarlierRows extends RankableRows {
  readonly first: number;
}

async function readEarlier(
  source: RelationSource,
  { store, rowCount }: RelationRows,
  options: ReadOptions,
  extras: Expressions | undefined,
): Promise<StoredEarlierRows> {
  const rows = await readRelation(source, {
    ...options,
    extras,
    into: store,
    progress: (progress) => options.progress({ ...progress, step: 'read against' }),
  });
  return { ids: rows.ids, extras: rows.extras, hashes: rows.hashes, first: rowCount };
}

/** Ranks the earlier rows by id, then the protected rows, then all others, both in the order of `order`. */
function rank(
  order: Int32Array,
  isProtected: (row: number) => boolean,
  earlier: StoredEarlierRows | undefined,
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
