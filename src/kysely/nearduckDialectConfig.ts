import type { DuckDBConnection } from '@duckdb/node-api';
import type { DatabaseConnection } from 'kysely';

/** Configuration of `NearduckDialect`. */
export interface NearduckDialectConfig {
  /**
   * The connection that runs the queries: `session.connection`, or any other `Connection`. It stays open when
   * Kysely is destroyed. If a function is provided, it is called once, before the first query, and its
   * connection is closed when Kysely is destroyed.
   */
  readonly connection: DuckDBConnection | (() => Promise<DuckDBConnection>);
  /** Called once, before the first query. */
  readonly onCreateConnection?: (connection: DatabaseConnection) => Promise<void>;
}
