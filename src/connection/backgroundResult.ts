import { DuckDBPendingResult, DuckDBPendingResultState, type DuckDBResult } from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';

/** A pending result whose statement is already running. */
export class BackgroundResult extends DuckDBPendingResult {
  readonly #result: Promise<DuckDBResult>;
  #state: 'running' | 'ready' | 'failed' = 'running';
  #error: unknown;

  constructor(result: Promise<DuckDBResult>) {
    super(undefined as unknown as duckdb.PendingResult);
    this.#result = result;
    result.then(
      () => (this.#state = 'ready'),
      (error: unknown) => {
        this.#state = 'failed';
        this.#error = error;
      },
    );
  }

  override runTask(): DuckDBPendingResultState {
    if (this.#state === 'failed') throw this.#error;
    return this.#state === 'ready'
      ? DuckDBPendingResultState.RESULT_READY
      : DuckDBPendingResultState.RESULT_NOT_READY;
  }

  override async runAllTasks(): Promise<void> {
    await this.#result;
  }

  override getResult(): Promise<DuckDBResult> {
    return this.#result;
  }
}
