import type { DatabaseIntrospector, Dialect, DialectAdapter, Driver, Kysely, QueryCompiler } from 'kysely';
import { NearduckAdapter } from './nearduckAdapter.ts';
import type { NearduckDialectConfig } from './nearduckDialectConfig.ts';
import { NearduckDriver } from './nearduckDriver.ts';
import { NearduckIntrospector } from './nearduckIntrospector.ts';
import { NearduckQueryCompiler } from './nearduckQueryCompiler.ts';

/**
 * Kysely over a nearduck connection: DuckDB's SQL, with the nearduck functions.
 *
 * ```ts
 * const session = await Session.open({ database: 'clips.duckdb' });
 * const db = new Kysely<Database>({ dialect: new NearduckDialect({ connection: session.connection }) });
 * const clusters = kmeans<number>('embeddings', { k: 1000 });
 * await db.selectFrom(clusters.as('c')).select(['c.id', 'c.centroid']).execute();
 * ```
 *
 * There is one connection, so a query waits while a transaction or a stream is open. Inside a transaction, use
 * its own `trx`. BIGINT is returned as `bigint`, DECIMAL as `number`, dates and timestamps as `Date` (UTC), and
 * lists as arrays.
 */
export class NearduckDialect implements Dialect {
  readonly #config: NearduckDialectConfig;

  constructor(config: NearduckDialectConfig) {
    this.#config = { ...config };
  }

  createDriver(): Driver {
    return new NearduckDriver(this.#config);
  }

  createQueryCompiler(): QueryCompiler {
    return new NearduckQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new NearduckAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new NearduckIntrospector(db);
  }
}
