import { DuckDBTypeId, quotedString, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { NUMBER_TYPES } from '../columns/types.ts';
import { binderError, NearduckError, withoutStatement } from '../errors.ts';
import type { Relation } from './relation.ts';

/**
 * The types of expressions over the columns of a relation.
 * @throws DuckDB's error for an invalid expression or an aggregate, or an error for an expression with
 * several columns.
 */
export async function typesOfExpressions(
  connection: DuckDBConnection,
  { from, columns }: Relation,
  expressions: readonly string[],
): Promise<DuckDBType[]> {
  // Next to *, an aggregate is an error, and COLUMNS(…) returns more than one additional column.
  const statement = await connection.prepare(`SELECT ${expressions.join(', ')}, * FROM ${from}`);
  try {
    if (statement.columnCount !== columns.size + expressions.length)
      throw new Error('it names several columns at once');
    return expressions.map((_, i) => statement.columnType(i));
  } finally {
    statement.destroySync();
  }
}

/** Checks that an expression can be evaluated per row. @throws DuckDB's error for a window function. */
export async function checkPerRow(
  connection: DuckDBConnection,
  { from }: Relation,
  expression: string,
): Promise<void> {
  const statement = await connection.prepare(`SELECT count(${expression}) FROM ${from}`);
  statement.destroySync();
}

/** An error about the expression in a parameter, with DuckDB's message. */
export function expressionError(
  functionName: string,
  parameter: string,
  text: string,
  cause: unknown,
): Error {
  if (cause instanceof NearduckError) return cause;
  const { message } = cause as Error;
  const reason = /cannot contain window function/.test(message)
    ? `window functions cannot be used: compute the value first, and pass a SELECT that has it as a column`
    : withoutStatement(message.replace(/^Binder Error: /, ''));
  return binderError(`${functionName}: ${parameter} ${quotedString(text)}: ${reason}`);
}

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info?: Readonly<Record<string, unknown>>;
}

/** Types of values that DuckDB compares as they are, whatever the collation. */
const WITHOUT_COLLATION: ReadonlySet<DuckDBTypeId> = new Set([
  ...NUMBER_TYPES,
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.UUID,
  DuckDBTypeId.BLOB,
]);

/** True for types whose values DuckDB may compare by a collation. */
export const hasCollation = ({ typeId }: DuckDBType): boolean => !WITHOUT_COLLATION.has(typeId);

/**
 * Returns an expression whose bytes are equal and ordered exactly when DuckDB considers the values of
 * `expression` equal and ordered. With COLLATE, a column's collation or `default_collation`, DuckDB compares,
 * for example, `lower(name)` instead of `name`. The query plan shows this expression.
 */
export async function collated(
  connection: DuckDBConnection,
  relation: Relation,
  expression: string,
): Promise<string> {
  const reader = await connection.runAndReadAll(
    `EXPLAIN (FORMAT json) SELECT 1 FROM ${relation.from} ORDER BY ${expression}`,
  );
  const [[, plan]] = reader.getRows();
  const order = outermostOrder(JSON.parse(String(plan)) as PlanNode[]);
  // In `lower(strip_accents(#1)) ASC`, #1 is the expression.
  const functions = /^((?:\w+\()*)#/.exec(String(order?.extra_info?.['Order By']))?.[1] ?? '';
  return `${functions}${expression}${')'.repeat(functions.split('(').length - 1)}`;
}

function outermostOrder(nodes: readonly PlanNode[]): PlanNode | undefined {
  for (const node of nodes) {
    const found = node.name === 'ORDER_BY' ? node : outermostOrder(node.children);
    if (found) return found;
  }
  return undefined;
}
