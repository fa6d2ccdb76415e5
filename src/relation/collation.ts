import type { DuckDBConnection } from '@duckdb/node-api';
import type { Relation } from './relation.ts';

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info?: Readonly<Record<string, unknown>>;
}

/**
 * An expression whose bytes are equal and ordered where DuckDB calls the values of `expression` so. COLLATE, the collation of a
 * column and `default_collation` make DuckDB compare `lower(name)`, say, in place of `name`: its plan tells.
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
  // `lower(strip_accents(#1)) ASC`: #1 is the expression.
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
