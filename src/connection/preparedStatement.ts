import { DuckDBPreparedStatement, type DuckDBPendingResult } from '@duckdb/node-api';
import type { DuckDBMaterializedResult, DuckDBResult } from '@duckdb/node-api';
import { preparedHandle } from '../columns/native.ts';
import { BackgroundResult } from './backgroundResult.ts';
import type { BindValues, Execute } from './execution.ts';

/** Executes a prepared statement, or a new statement of the same text whose parameters `bindValues` binds. */
export type ExecutePrepared = <R>(bindValues: BindValues, execute: Execute<R>) => Promise<R>;

type Bind = (this: DuckDBPreparedStatement, parameter: number, ...value: unknown[]) => void;

/** A prepared statement whose table functions bind and compute again at each execution. */
export class PreparedStatement extends DuckDBPreparedStatement {
  readonly #execute: ExecutePrepared;
  /** Per parameter, the function that binds its value. */
  readonly #values = new Map<number, BindValues>();

  constructor(statement: DuckDBPreparedStatement, execute: ExecutePrepared) {
    super(preparedHandle(statement));
    this.#execute = execute;
  }

  static {
    // Override bindBoolean to bindNull, the methods that bind one parameter. `bind` calls them.
    for (const name of Object.getOwnPropertyNames(DuckDBPreparedStatement.prototype)) {
      if (!/^bind[A-Z]/.test(name)) continue;
      const bind = DuckDBPreparedStatement.prototype[
        name as keyof DuckDBPreparedStatement
      ] as unknown as Bind;
      Object.defineProperty(this.prototype, name, {
        value(this: PreparedStatement, parameter: number, ...value: unknown[]) {
          bind.call(this, parameter, ...value);
          this.#values.set(parameter, (statement) => bind.call(statement, parameter, ...value));
        },
      });
    }
  }

  override clearBindings(): void {
    super.clearBindings();
    this.#values.clear();
  }

  override run(): Promise<DuckDBMaterializedResult> {
    return this.#run((statement) => statement.run());
  }

  override stream(): Promise<DuckDBResult> {
    return this.#run((statement) => statement.stream());
  }

  /** DuckDB may bind when a statement starts, which must not happen on the thread of the bind callbacks. */
  override start(): DuckDBPendingResult {
    return new BackgroundResult(this.run());
  }

  override startStream(): DuckDBPendingResult {
    return new BackgroundResult(this.stream());
  }

  #run<R>(execute: Execute<R>): Promise<R> {
    const values = [...this.#values.values()];
    return this.#execute((statement) => values.forEach((bind) => bind(statement)), execute);
  }
}
