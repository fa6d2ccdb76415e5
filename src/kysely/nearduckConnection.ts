import {
  ResultReturnType,
  StatementType,
  type DuckDBConnection,
  type DuckDBResult,
  type DuckDBType,
} from '@duckdb/node-api';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { duckdbParameters, type Parameters } from './parameters.ts';

/** Runs compiled queries on a DuckDB connection. */
export class NearduckConnection implements DatabaseConnection {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { values, types } = await this.#parameters(query);
    const result = await this.#connection.run(query.sql, values, types);
    if (result.returnType === ResultReturnType.CHANGED_ROWS) {
      return { numAffectedRows: BigInt(result.rowsChanged), rows: [] };
    }
    if (result.returnType !== ResultReturnType.QUERY_RESULT) return { rows: [] };
    const rows = (await result.getRowObjectsJS()) as R[];
    return changesRows(result) ? { numAffectedRows: BigInt(rows.length), rows } : { rows };
  }

  /** Yields the rows as DuckDB produces them, up to 2,048 at a time, whatever the chunk size asked for. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    const { values, types } = await this.#parameters(query);
    const result = await this.#connection.stream(query.sql, values, types);
    for await (const rows of result.yieldRowObjectJs()) yield { rows: rows as R[] };
  }

  async #parameters({ sql, parameters }: CompiledQuery): Promise<Parameters> {
    if (parameters.length === 0) return {};
    // A Date is an instant; what DuckDB makes of it depends on the column it meets.
    const dates = parameters.some((parameter) => parameter instanceof Date);
    return duckdbParameters(parameters, dates ? await this.#parameterTypes(sql, parameters.length) : []);
  }

  /** The types DuckDB expects, where it can tell. */
  async #parameterTypes(sql: string, count: number): Promise<(DuckDBType | undefined)[]> {
    const statement = await this.#connection.prepare(sql);
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
}

const CHANGING = new Set([
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
]);

/** True for INSERT, UPDATE, DELETE and MERGE, here with RETURNING. */
const changesRows = (result: DuckDBResult): boolean => CHANGING.has(result.statementType);
