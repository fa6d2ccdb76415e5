import type { DuckDBConnection } from '@duckdb/node-api';
import { CompiledQuery, type DatabaseConnection, type Driver, type TransactionSettings } from 'kysely';
import { NearduckError } from '../errors.ts';
import { NearduckConnection } from './nearduckConnection.ts';
import type { NearduckDialectConfig } from './nearduckDialectConfig.ts';

/** Lends its only connection to one user at a time. */
export class NearduckDriver implements Driver {
  readonly #config: NearduckDialectConfig;
  #duckdb: DuckDBConnection | undefined;
  /** Resolves when the last lease has ended. */
  #free: Promise<void> = Promise.resolve();

  constructor(config: NearduckDialectConfig) {
    this.#config = config;
  }

  async init(): Promise<void> {
    const { connection, onCreateConnection } = this.#config;
    this.#duckdb = typeof connection === 'function' ? await connection() : connection;
    await onCreateConnection?.(new NearduckConnection(this.#duckdb));
  }

  /** Returns a lease immediately. Its queries wait for earlier leases, and can be aborted meanwhile. */
  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    const lease = new NearduckConnection(this.#duckdb!, before);
    this.#free = before.then(() => lease.released);
    return lease;
  }

  /**
   * Begins a transaction.
   * @throws NearduckError (Not Implemented Error) for isolation levels other than snapshot, which DuckDB
   * always uses.
   */
  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const { accessMode, isolationLevel } = settings;
    if (isolationLevel !== undefined && isolationLevel !== 'snapshot') {
      throw new NearduckError(
        'Not Implemented',
        `DuckDB has no isolation level "${isolationLevel}", only "snapshot"`,
      );
    }
    await connection.executeQuery(CompiledQuery.raw(`begin transaction ${accessMode ?? ''}`));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as NearduckConnection).release();
  }

  /** Closes the connection if it was opened for Kysely. */
  async destroy(): Promise<void> {
    if (typeof this.#config.connection === 'function') this.#duckdb?.closeSync();
    this.#duckdb = undefined;
  }
}
