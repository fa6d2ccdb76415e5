import type { DuckDBConnection, DuckDBInstance, DuckDBTableFunction } from '@duckdb/node-api';
import { createTakeFunction } from '../relation/takeFunction.ts';
import type { StatementScope } from './scope.ts';

/**
 * Which connections of an instance are ours, and the statement each is binding. DuckDB shows a table function to every
 * connection of the instance and tells the bind callback only the connection's number.
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

  /** The stack of open statements of a connection; nested relations are on top. Undefined when it is not ours. */
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

  /** Registers the table functions with the instance, the first time only. */
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
