import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import type { ResultColumn } from '../columns/resultColumn.ts';
import { sameType } from '../columns/types.ts';
import { RelationChanged } from '../errors.ts';
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

/** A column of a call's result, as DuckDB bound it. */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** One call of a table function in one statement: bound by DuckDB, computed by us, scanned by DuckDB. */
export class Job {
  /** Function and arguments; equal calls in one statement are computed once. */
  readonly key: string;
  readonly functionName: string;
  readonly #columns: readonly DeclaredColumn[];
  readonly #compute: Compute;
  #result: ResultTable | undefined;

  /** `columns`: what DuckDB was told that comes back, and makes room for. */
  constructor(functionName: string, key: string, columns: readonly DeclaredColumn[], compute: Compute) {
    this.functionName = functionName;
    this.key = key;
    this.#columns = columns;
    this.#compute = compute;
  }

  get result(): ResultTable | undefined {
    return this.#result;
  }

  /** Takes rows to be scanned. @throws RelationChanged when they are not of the types that were declared. */
  accept(table: ResultTable): void {
    const other = this.#differing(table);
    if (other) {
      const { name, type } = other;
      const found = table.columns[this.#columns.indexOf(other)]?.type.toString() ?? 'missing';
      const what = `column "${name}" of the result was ${type.toString()}, now it is ${found}`;
      throw new RelationChanged(this.functionName, what);
    }
    this.#result = table;
  }

  /** Takes the rows of an equal call, unless that was bound when its relation had other columns. */
  share({ result }: Job): void {
    if (result && !this.#differing(result)) this.#result = result;
  }

  #differing({ rowCount, columns }: ResultTable): DeclaredColumn | undefined {
    if (rowCount === 0) return undefined;
    return this.#columns.find(({ type }, i) => !columns[i] || !sameType(columns[i].type, type));
  }

  async compute(context: ComputeContext): Promise<void> {
    this.accept(await this.#compute(context));
  }
}
