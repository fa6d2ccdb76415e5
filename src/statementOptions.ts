import type { DuckDBConnection, DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { invalidInputError } from './errors.ts';

/** Options of a statement. */
export interface StatementOptions {
  /** Values of its parameters: by position, or by name. */
  readonly values?: DuckDBValue[] | Record<string, DuckDBValue>;
  /** Types of these values; default: what DuckDB makes of them. */
  readonly types?: DuckDBType[] | Record<string, DuckDBType | undefined>;
  /** Stops the statement, running or waiting, when it is aborted: the call rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A connection whose statements can be stopped: one that nearduck opened. */
interface Stoppable {
  withSignal(signal: AbortSignal): DuckDBConnection;
}

/**
 * The connection for statements that `signal` stops.
 * @throws NearduckError (Invalid Input Error) for a signal with a connection that nearduck did not open.
 */
export function stoppedBy(connection: DuckDBConnection, signal: AbortSignal | undefined): DuckDBConnection {
  if (!signal) return connection;
  if ('withSignal' in connection) return (connection as DuckDBConnection & Stoppable).withSignal(signal);
  throw invalidInputError('a signal needs a connection of nearduck; open one with Session.open()');
}

/**
 * Runs a script and returns the rows of its last statement as they stream.
 * @throws DuckDB's errors, the reason of the signal, and what `stoppedBy` throws.
 */
export async function openStream(
  connection: DuckDBConnection,
  sql: string,
  { values, types, signal }: StatementOptions,
): Promise<DuckDBResult> {
  return stoppedBy(connection, signal).stream(sql, values, types);
}
