import { DuckDBPendingResult, DuckDBPreparedStatement, DuckDBPendingResultState } from '@duckdb/node-api';
import type { DuckDBMaterializedResult, DuckDBResult } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';

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
    if (!this.#runner.computes() && this.parameterCount === 0) return this.#statement.start();
    return new ComputingPendingResult(this.#runner.execute((statement) => statement.start()));
  }

  override startStream(): DuckDBPendingResult {
    if (!this.#runner.computes() && this.parameterCount === 0) return this.#statement.startStream();
    return new ComputingPendingResult(this.#runner.execute((statement) => statement.startStream()));
  }
}

/** A pending result that is not ready until the rows of its table functions are computed. */
class ComputingPendingResult extends DuckDBPendingResult {
  #inner: DuckDBPendingResult | undefined;
  #error: unknown;
  readonly #started: Promise<DuckDBPendingResult>;

  constructor(started: Promise<DuckDBPendingResult>) {
    super(undefined as unknown as duckdb.PendingResult);
    this.#started = started;
    started.then(
      (inner) => (this.#inner = inner),
      (error: unknown) => (this.#error = error),
    );
  }

  override runTask(): DuckDBPendingResultState {
    if (this.#error) throw this.#error;
    return this.#inner ? this.#inner.runTask() : DuckDBPendingResultState.RESULT_NOT_READY;
  }

  override async runAllTasks(): Promise<void> {
    await (await this.#started).runAllTasks();
  }

  override async getResult(): Promise<DuckDBResult> {
    return (await this.#started).getResult();
  }

  override async read(): ReturnType<DuckDBPendingResult['read']> {
    return (await this.#started).read();
  }

  override async readAll(): ReturnType<DuckDBPendingResult['readAll']> {
    return (await this.#started).readAll();
  }

  override async readUntil(count: number): ReturnType<DuckDBPendingResult['readUntil']> {
    return (await this.#started).readUntil(count);
  }
}
