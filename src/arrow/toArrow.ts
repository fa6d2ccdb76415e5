import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import type { Table } from 'apache-arrow';
import { openStream, type StatementOptions } from '../statementOptions.ts';
import { recordBatches, type BatchOptions } from './recordBatches.ts';

/**
 * Reads the remaining rows of a DuckDB result into an Arrow table.
 * @throws NearduckError (Not Implemented Error) for a column without an Arrow type.
 */
export async function toArrow(result: DuckDBResult, options?: BatchOptions): Promise<Table> {
  const arrow = await import('apache-arrow');
  const source = await recordBatches(result, options);
  const batches = [];
  for await (const batch of source) batches.push(batch);
  return new arrow.Table(source.schema, batches);
}

/**
 * Runs `sql` and returns its rows as an Arrow table.
 * @throws DuckDB's errors, the reason of the signal, or NearduckError (Not Implemented Error) for a column
 * without an Arrow type.
 */
export async function arrowTable(
  connection: DuckDBConnection,
  sql: string,
  options: StatementOptions & BatchOptions = {},
): Promise<Table> {
  return toArrow(await openStream(connection, sql, options), options);
}
