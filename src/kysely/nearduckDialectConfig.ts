import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatabaseConnection } from 'kysely';

/** Configuration of `NearduckDialect`. */
export interface NearduckDialectConfig {
  /**
   * The connection queries run on: `session.connection`, or any other `Connection`. It stays open when Kysely
   * is destroyed; a function that opens one is called at the first query, and what it opened is closed with
   * Kysely.
   */
  readonly connection: DuckDBConnection | (() => Promise<DuckDBConnection>);
  /** Called once, before the first query. */
  readonly onCreateConnection?: (connection: DatabaseConnection) => Promise<void>;
}
