import type { DuckDBConnection } from '@duckdb/node-api';
import type { ResultColumn } from '../columns/column.ts';
import { sameType, type NamedColumn } from '../columns/types.ts';
import { RelationChanged } from '../errors.ts';
import type { Progress } from '../progress.ts';

/** The services that a table function can use while it computes. */
export interface ComputeContext {
  /** A connection inside the statement's own: it sees its temporary tables and open transaction. */
  readonly connection: DuckDBConnection;
  /** Aborted by `interrupt()`. Long loops call `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly notice: (text: string) => void;
  /** Session-wide defaults for arguments that a call omits. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** The rows of a finished job. */
export interface ResultTable {
  readonly rowCount: number;
  /** In the order in which the function declared them. */
  readonly columns: readonly ResultColumn[];
  /** Releases what the columns read from. Called when the rows are scanned. */
  close?(): void;
}

/** Computes the rows of a call. */
export type Compute = (context: ComputeContext) => Promise<ResultTable>;

/** One call of a table function in one statement: bound, computed, then scanned. */
export class Job {
  /** Function and arguments. Calls of one statement with equal keys are computed once. */
  readonly key: string;
  readonly functionName: string;
  readonly #columns: readonly NamedColumn[];
  readonly #compute: Compute;
  #result: ResultTable | undefined;

  /** `columns` are the result columns that were declared to DuckDB. */
  constructor(functionName: string, key: string, columns: readonly NamedColumn[], compute: Compute) {
    this.functionName = functionName;
    this.key = key;
    this.#columns = columns;
    this.#compute = compute;
  }

  get result(): ResultTable | undefined {
    return this.#result;
  }

  /** Accepts the computed rows. @throws RelationChanged when their types are not the declared ones. */
  accept(table: ResultTable): void {
    const other = this.#changedColumn(table);
    if (other) {
      const { name, type } = other;
      const found = table.columns[this.#columns.indexOf(other)]?.type.toString() ?? 'missing';
      const what = `column "${name}" of the result was ${type.toString()}, now it is ${found}`;
      throw new RelationChanged(this.functionName, what);
    }
    this.#result = table;
  }

  /** Reuses the rows of an equal call, unless that call was bound when its relation had other columns. */
  share({ result }: Job): void {
    if (result && !this.#changedColumn(result)) this.#result = result;
  }

  #changedColumn({ rowCount, columns }: ResultTable): NamedColumn | undefined {
    if (rowCount === 0) return undefined;
    return this.#columns.find(({ type }, i) => !columns[i] || !sameType(columns[i].type, type));
  }

  async compute(context: ComputeContext): Promise<void> {
    this.accept(await this.#compute(context));
  }
}
