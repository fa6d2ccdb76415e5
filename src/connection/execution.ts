import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBPreparedStatement } from '@duckdb/node-api';
import { RelationChanged } from '../errors.ts';
import { describeRelation } from '../relation/relation.ts';
import type { ComputeContext } from './job.ts';
import { StatementScope } from './scope.ts';
import { onlyBinds, preparedName, type Statement } from './statements.ts';
import { runIdly } from './runIdly.ts';

/** Times a statement is bound when its relations change while it runs. */
const MOST_ATTEMPTS = 3;

/** A statement that has a name since SQL-level `PREPARE name AS …`. */
export interface NamedStatement {
  /** The whole `PREPARE`. */
  readonly statement: Statement;
  /** True when it is known to call table functions. */
  calls: boolean;
}

/** Runs a statement, with what belongs before and after it; `connection` is one that nothing runs around. */
export type Around = <R>(
  statement: { readonly sql: string; readonly connection: DuckDBConnection },
  body: () => Promise<R>,
) => Promise<R>;

/** What an execution needs of its connection. */
export interface ExecutionHost {
  readonly connection: DuckDBConnection;
  readonly around: <R>(sql: string, body: () => Promise<R>) => Promise<R>;
  /** The open statements of the connection; bind callbacks belong to the last one. */
  readonly scopes: StatementScope[];
  /** By name, in lower case. */
  readonly named: Map<string, NamedStatement>;
  /** Whether DuckDB has threads of its own; undefined where that is not known. */
  readonly hasWorkers?: () => Promise<boolean>;
  /** What jobs compute with, and relations are described with. */
  context(signal: AbortSignal): ComputeContext;
}

/** Executes a statement; `run` returns its result, whole. */
export type Execute<R> = (
  statement: DuckDBPreparedStatement,
  run: () => Promise<DuckDBMaterializedResult>,
) => R | Promise<R>;
/** Gives a statement the values of its parameters. */
export type BindValues = (statement: DuckDBPreparedStatement) => void;

/** Binds and executes a statement; again when a relation changed after it was bound. */
export function runStatement<R>(
  host: ExecutionHost,
  statement: Statement,
  signal: AbortSignal,
  bindValues: BindValues | undefined,
  execute: Execute<R>,
): Promise<R> {
  return host.around(statement.text, () => attempts(host, statement, signal, bindValues, execute));
}

async function attempts<R>(
  host: ExecutionHost,
  statement: Statement,
  signal: AbortSignal,
  bindValues: BindValues | undefined,
  execute: Execute<R>,
): Promise<R> {
  let changed: RelationChanged | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      return await new Execution(host, signal).run(statement, bindValues, execute);
    } catch (error) {
      // Where the first attempt left a transaction aborted, no other can succeed.
      if (changed && (error as Error).message.includes('TransactionContext Error')) throw changed;
      if (!(error instanceof RelationChanged) || attempt === MOST_ATTEMPTS) throw error;
      changed = error;
    }
  }
}

/**
 * One execution of a statement, from bind to scan. When DuckDB binds a call whose rows are missing, binding stops, the rows
 * are computed and all begins again: the second time their number is known, and DuckDB plans joins with it.
 */
export class Execution {
  readonly #host: ExecutionHost;
  readonly #signal: AbortSignal;
  readonly #scope = new StatementScope();

  constructor(host: ExecutionHost, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
  }

  /** True when DuckDB bound calls of table functions. */
  get calls(): boolean {
    return this.#scope.jobs.length > 0;
  }

  /** Runs `body`, in which DuckDB binds; with `executing` it may scan the rows of calls, which are computed before. */
  async during<R>(executing: boolean, body: () => Promise<R>): Promise<R> {
    for (;;) {
      if (executing) await this.#compute();
      this.#signal.throwIfAborted();
      try {
        return await body();
      } catch (error) {
        if (!(await this.#describe()) && !(executing && this.#scope.pending().length > 0)) throw error;
      }
    }
  }

  /** Runs `body` as the statement that bind callbacks belong to. */
  async within<R>(executing: boolean, body: () => R | Promise<R>): Promise<R> {
    const { scopes } = this.#host;
    const scope = this.#scope;
    scopes.push(scope);
    scope.executing = executing;
    try {
      return await body();
    } finally {
      scope.executing = false;
      scopes.splice(scopes.lastIndexOf(scope), 1);
    }
  }

  async run<R>(statement: Statement, bindValues: BindValues | undefined, execute: Execute<R>): Promise<R> {
    const { named } = this.#host;
    const name = preparedName(statement.text);
    const known = name?.verb === 'execute' ? named.get(name.name) : undefined;
    if (known?.calls && (await this.#isPrepared(name!.name))) {
      // DuckDB would scan what was bound then; the relations may have other columns by now.
      await this.#once(known.statement, undefined, (prepare) => prepare.run());
    }
    const result = await this.#once(statement, bindValues, execute);
    if (name?.verb === 'prepare') named.set(name.name, { statement, calls: this.calls });
    if (known) known.calls ||= this.calls;
    return result;
  }

  async #once<R>(
    { text, count }: Statement,
    bindValues: BindValues | undefined,
    execute: Execute<R>,
  ): Promise<R> {
    const executing = !onlyBinds(text);
    return this.during(executing, async () => {
      const extracted = await this.#host.connection.extractStatements(text);
      for (let index = 0; ; index++) {
        const statement = await this.within(executing, () => extracted.prepare(index));
        const { hasWorkers } = this.#host;
        // DuckDB may bind again, as values need it: calls of functions never on the thread that starts to run idly.
        const mayBind = this.calls || !executing || bindValues || preparedName(text);
        const run = (): Promise<DuckDBMaterializedResult> =>
          mayBind || !hasWorkers ? statement.run() : runIdly(statement, hasWorkers);
        try {
          this.#signal.throwIfAborted();
          if (index < count - 1) {
            await this.within(executing, run);
            continue;
          }
          bindValues?.(statement);
          return await this.within(executing, () => execute(statement, run));
        } finally {
          statement.destroySync();
        }
      }
    });
  }

  /** False once the name was deallocated. */
  async #isPrepared(name: string): Promise<boolean> {
    const { connection } = this.#host.context(this.#signal);
    const reader = await connection.runAndReadAll(
      'SELECT count(*) > 0 FROM duckdb_prepared_statements() WHERE lower(name) = $1',
      [name],
    );
    return Boolean(reader.getRows()[0][0]);
  }

  /** Computes the calls that have no rows yet. */
  async #compute(): Promise<void> {
    for (const job of this.#scope.pending()) {
      await job.compute(this.#host.context(this.#signal));
      this.#signal.throwIfAborted();
    }
    this.#scope.share();
  }

  /** Describes the relations a paused bind asked for; false when it asked for none. */
  async #describe(): Promise<boolean> {
    const { wanted, relations } = this.#scope;
    if (wanted.size === 0) return false;
    const { connection } = this.#host.context(this.#signal);
    for (const [text, functionName] of wanted) {
      relations.set(text, await describeRelation(connection, functionName, text));
    }
    wanted.clear();
    return true;
  }
}
