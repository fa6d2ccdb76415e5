import type { DuckDBConnection } from '@duckdb/node-api';
import { CompiledQuery, type DatabaseConnection, type Driver, type TransactionSettings } from 'kysely';
import { NearduckError } from '../errors.ts';
import { NearduckConnection } from './nearduckConnection.ts';
import type { NearduckDialectConfig } from './nearduckDialectConfig.ts';

/** Lends its one connection to one user at a time. */
export class NearduckDriver implements Driver {
  readonly #config: NearduckDialectConfig;
  #duckdb: DuckDBConnection | undefined;
  #connection: DatabaseConnection | undefined;
  /** Settles when the connection is given back. */
  #free: Promise<void> = Promise.resolve();
  #giveBack: (() => void) | undefined;

  constructor(config: NearduckDialectConfig) {
    this.#config = config;
  }

  async init(): Promise<void> {
    const { connection, onCreateConnection } = this.#config;
    this.#duckdb = typeof connection === 'function' ? await connection() : connection;
    this.#connection = new NearduckConnection(this.#duckdb);
    await onCreateConnection?.(this.#connection);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    let giveBack!: () => void;
    this.#free = new Promise((resolve) => (giveBack = resolve));
    await before;
    this.#giveBack = giveBack;
    return this.#connection!;
  }

  /** @throws NearduckError (Not Implemented Error) for isolation levels: DuckDB always works on a snapshot. */
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

  async releaseConnection(): Promise<void> {
    this.#giveBack?.();
  }

  /** Closes the connection if it was opened for Kysely. */
  async destroy(): Promise<void> {
    if (typeof this.#config.connection === 'function') this.#duckdb?.closeSync();
    this.#duckdb = undefined;
    this.#connection = undefined;
  }
}
