import { DuckDBPreparedStatement, type DuckDBPendingResult } from '@duckdb/node-api';
import type { DuckDBMaterializedResult, DuckDBResult } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import { BackgroundResult } from './backgroundResult.ts';

/** How a prepared statement reaches the connection that computes for it. */
export interface StatementRunner {
  execute<R>(execute: (statement: DuckDBPreparedStatement) => R | Promise<R>): Promise<R>;
  /** True when the statement calls table functions known since it was prepared. */
  computes(): boolean;
}

const handleOf = (statement: DuckDBPreparedStatement): duckdb.PreparedStatement =>
  (statement as unknown as { prepared_statement: duckdb.PreparedStatement }).prepared_statement;

/** A prepared statement whose table functions compute anew at each execution. */
export class PreparedStatement extends DuckDBPreparedStatement {
  readonly #runner: StatementRunner;
  readonly #statement: DuckDBPreparedStatement;

  constructor(statement: DuckDBPreparedStatement, runner: StatementRunner) {
    super(handleOf(statement));
    this.#statement = statement;
    this.#runner = runner;
  }

  override run(): Promise<DuckDBMaterializedResult> {
    return this.#runner.execute((statement) => statement.run());
  }

  override stream(): Promise<DuckDBResult> {
    return this.#runner.execute((statement) => statement.stream());
  }

  override start(): DuckDBPendingResult {
    return this.#bindsLate() ? new BackgroundResult(this.run()) : this.#statement.start();
  }

  override startStream(): DuckDBPendingResult {
    return this.#bindsLate() ? new BackgroundResult(this.stream()) : this.#statement.startStream();
  }

  /** With parameters DuckDB binds when it starts, on the very thread that our bind callbacks need. */
  #bindsLate(): boolean {
    return this.#runner.computes() || this.parameterCount > 0;
  }
}
