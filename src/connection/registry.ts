import type { DuckDBConnection, DuckDBInstance, DuckDBTableFunction } from '@duckdb/node-api';
import { createTakeFunction } from '../relation/takeFunction.ts';
import type { StatementScope } from './scope.ts';

/**
 * The nearduck connections of an instance, and the statements that each is binding. DuckDB offers a table
 * function to every connection of the instance, and tells the bind callback only the connection's id.
 */
export class ConnectionRegistry {
  readonly #scopes = new Map<number, StatementScope[]>();
  #registered = false;

  static readonly #byInstance = new WeakMap<DuckDBInstance, ConnectionRegistry>();

  static of(instance: DuckDBInstance): ConnectionRegistry {
    let registry = this.#byInstance.get(instance);
    if (!registry) this.#byInstance.set(instance, (registry = new ConnectionRegistry()));
    return registry;
  }

  /** The open statements of a connection, nested ones on top. Undefined for those of others. */
  scopesOf(connectionId: number): StatementScope[] | undefined {
    return this.#scopes.get(connectionId);
  }

  add(connectionId: number): StatementScope[] {
    const scopes: StatementScope[] = [];
    this.#scopes.set(connectionId, scopes);
    return scopes;
  }

  remove(connectionId: number): void {
    this.#scopes.delete(connectionId);
  }

  /** Registers the table functions with the instance. Does nothing after the first call. */
  register(
    connection: DuckDBConnection,
    functions: readonly ((registry: ConnectionRegistry) => DuckDBTableFunction)[],
  ): void {
    if (this.#registered) return;
    connection.registerScalarFunction(createTakeFunction());
    for (const create of functions) connection.registerTableFunction(create(this));
    this.#registered = true;
  }
}
