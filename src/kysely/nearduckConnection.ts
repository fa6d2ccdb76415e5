import {
  ResultReturnType,
  StatementType,
  type DuckDBConnection,
  type DuckDBResult,
  type DuckDBType,
} from '@duckdb/node-api';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { stoppedBy } from '../statementOptions.ts';
import { signalOf } from './abortPlugin.ts';
import { duckdbParameters, type Parameters } from './parameters.ts';

/** A lease of the driver's DuckDB connection, which runs compiled queries. */
export class NearduckConnection implements DatabaseConnection {
  /** Resolves when the lease has ended. */
  readonly released: Promise<void>;
  readonly release: () => void;
  readonly #connection: DuckDBConnection;
  readonly #free: Promise<void>;

  /** Queries wait until `free` resolves. */
  constructor(connection: DuckDBConnection, free: Promise<void> = Promise.resolve()) {
    this.#connection = connection;
    this.#free = free;
    let release!: () => void;
    this.released = new Promise((resolve) => (release = resolve));
    this.release = release;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const connection = await this.#connectionFor(query);
    const { values, types } = await parametersOf(connection, query);
    const result = await connection.run(query.sql, values, types);
    if (result.returnType === ResultReturnType.CHANGED_ROWS) {
      return { numAffectedRows: BigInt(result.rowsChanged), rows: [] };
    }
    if (result.returnType !== ResultReturnType.QUERY_RESULT) return { rows: [] };
    const rows = (await result.getRowObjectsJS()) as R[];
    return changesRows(result) ? { numAffectedRows: BigInt(rows.length), rows } : { rows };
  }

  /** Yields rows as DuckDB produces them, up to 2,048 at a time. The requested chunk size is ignored. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const connection = await this.#connectionFor(query);
    const { values, types } = await parametersOf(connection, query);
    const result = await connection.stream(query.sql, values, types);
    for await (const rows of result.yieldRowObjectJs()) yield { rows: rows as R[] };
  }

  /** Waits until the connection is free. */
  async #connectionFor({ queryId }: CompiledQuery): Promise<DuckDBConnection> {
    const signal = signalOf(queryId);
    if (!signal) await this.#free;
    else await unlessAborted(this.#free, signal);
    return stoppedBy(this.#connection, signal);
  }
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    promise.then(resolve).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

async function parametersOf(
  connection: DuckDBConnection,
  { sql, parameters }: CompiledQuery,
): Promise<Parameters> {
  if (parameters.length === 0) return {};
  // A Date is an instant. Its DuckDB type depends on the column that it is compared with.
  const dates = parameters.some((parameter) => parameter instanceof Date);
  return duckdbParameters(parameters, dates ? await parameterTypes(connection, sql, parameters.length) : []);
}

/** Returns the types that DuckDB expects. Undefined for parameters whose type it cannot determine. */
async function parameterTypes(
  connection: DuckDBConnection,
  sql: string,
  count: number,
): Promise<(DuckDBType | undefined)[]> {
  const statement = await connection.prepare(sql);
  const typeOf = (index: number): DuckDBType | undefined => {
    try {
      return statement.parameterType(index);
    } catch {
      return undefined;
    }
  };
  try {
    return Array.from({ length: count }, (_, i) => typeOf(i + 1));
  } finally {
    statement.destroySync();
  }
}

const CHANGING = new Set([
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
]);

/** Returns true for INSERT, UPDATE, DELETE and MERGE with RETURNING. */
const changesRows = (result: DuckDBResult): boolean => CHANGING.has(result.statementType);
