import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';

/** The first row of a query's result. Undefined when it has none. */
export const firstRow = async (
  connection: DuckDBConnection,
  sql: string,
  values?: DuckDBValue[],
): Promise<DuckDBValue[]> => (await connection.runAndReadAll(sql, values)).getRows()[0];

/** The first value of a query that returns at least one row. */
export const oneValue = async (connection: DuckDBConnection, sql: string, values?: DuckDBValue[]) =>
  (await firstRow(connection, sql, values))[0];
