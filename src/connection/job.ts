import type { DuckDBConnection } from '@duckdb/node-api';
import type { ResultColumn } from '../columns/resultColumn.ts';
import type { Progress } from '../progress.ts';

/** What a table function may use while it computes. */
export interface ComputeContext {
  /** The statement's own connection: sees its temp tables and its open transaction, and runs nearduck functions. */
  readonly connection: DuckDBConnection;
  /** Aborted by `interrupt()`; long loops call `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly notice: (text: string) => void;
  /** Session-wide choices a function falls back to. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** The rows of a finished job. */
export interface ResultTable {
  readonly rowCount: number;
  /** In the order the function declared them. */
  readonly columns: readonly ResultColumn[];
}

export type Compute = (context: ComputeContext) => Promise<ResultTable>;

/** One call of a table function in one statement: bound by DuckDB, computed by us, scanned by DuckDB. */
export class Job {
  /** Function and arguments; equal calls in one statement are computed once. */
  readonly key: string;
  readonly functionName: string;
  readonly #compute: Compute;
  result: ResultTable | undefined;

  constructor(functionName: string, key: string, compute: Compute) {
    this.functionName = functionName;
    this.key = key;
    this.#compute = compute;
  }

  async compute(context: ComputeContext): Promise<void> {
    this.result = await this.#compute(context);
  }
}
