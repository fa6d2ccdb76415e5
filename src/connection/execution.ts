import type { DuckDBConnection, DuckDBMaterializedResult, DuckDBPreparedStatement } from '@duckdb/node-api';
import { RelationChanged } from '../errors.ts';
import { oneValue } from '../queryValues.ts';
import { describeRelation } from '../relation/relation.ts';
import { isStream } from './checkStream.ts';
import type { ComputeContext } from './job.ts';
import { StatementScope } from './scope.ts';
import { onlyBinds, preparedName, type Statement } from './statements.ts';
import { runOnDuckdbThreads } from './runOnDuckdbThreads.ts';

/** Maximum number of times a statement is bound when its relations change while it runs. */
const MAX_ATTEMPTS = 3;

/** A statement named with `PREPARE name AS …`. */
export interface NamedStatement {
  /** The complete `PREPARE` statement. */
  readonly statement: Statement;
  /** True when it is known to call table functions. */
  hasCalls: boolean;
}

/** Wraps the execution of a statement. Statements on the given `connection` are not wrapped again. */
export type StatementWrapper = <R>(
  statement: { readonly sql: string; readonly connection: DuckDBConnection },
  body: () => Promise<R>,
) => Promise<R>;

/** The statements of a connection, shared with the nested connections of its running jobs. */
export interface ConnectionState {
  /** The open statements of the connection. Bind callbacks belong to the last one. */
  readonly scopes: StatementScope[];
  /** Statements whose rows are read as a stream. Their calls are released when the next statement runs. */
  readonly streaming: Set<StatementScope>;
  /** Named statements by their lowercase name. */
  readonly named: Map<string, NamedStatement>;
  /** Returns true when DuckDB has its own threads. Undefined when this cannot be queried. */
  readonly hasWorkers?: () => Promise<boolean>;
}

/** The parts of a connection that an execution uses. */
export interface ExecutionHost extends ConnectionState {
  readonly connection: DuckDBConnection;
  readonly wrapStatement: <R>(sql: string, body: () => Promise<R>) => Promise<R>;
  /** The context in which jobs compute and relations are described. */
  context(signal: AbortSignal): ComputeContext;
}

/** Executes a statement. `run` executes it and returns the materialized result. */
export type Execute<R> = (
  statement: DuckDBPreparedStatement,
  run: () => Promise<DuckDBMaterializedResult>,
) => R | Promise<R>;
/** Binds the values of a statement's parameters. */
export type BindValues = (statement: DuckDBPreparedStatement) => void;

/** Binds and executes a statement. Repeats both when a relation changed after it was bound. */
export function runStatement<R>(
  host: ExecutionHost,
  statement: Statement,
  signal: AbortSignal,
  bindValues: BindValues | undefined,
  execute: Execute<R>,
): Promise<R> {
  return host.wrapStatement(statement.text, async () => {
    let changed: RelationChanged | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return await new Execution(host, signal).run(statement, bindValues, execute);
      } catch (error) {
        // When the first attempt has aborted a transaction, further attempts cannot succeed.
        if (changed && (error as Error).message.includes('TransactionContext Error')) throw changed;
        if (!(error instanceof RelationChanged) || attempt === MAX_ATTEMPTS) throw error;
        changed = error;
      }
    }
  });
}

/**
 * One execution of a statement, from bind to scan. When DuckDB binds a call whose rows are missing, the bind
 * stops, the rows are computed, and the statement is bound again. The second bind knows the number of rows,
 * and DuckDB uses it to plan joins.
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

  /** Runs `body`, which lets DuckDB bind, and with `executing` also scan the rows of calls. */
  async repeatUntilBound<R>(executing: boolean, body: () => Promise<R>): Promise<R> {
    let isOpen = false;
    try {
      for (;;) {
        if (executing) await this.#compute();
        this.#signal.throwIfAborted();
        try {
          const result = await body();
          isOpen = isStream(result);
          return result;
        } catch (error) {
          if (!(await this.#describe()) && !(executing && this.#scope.pending().length > 0)) throw error;
        }
      }
    } finally {
      if (isOpen) this.#host.streaming.add(this.#scope);
      else if (executing) this.#scope.close();
    }
  }

  /** Runs `body` with this statement as the one that bind callbacks belong to. */
  async inScope<R>(executing: boolean, body: () => R | Promise<R>): Promise<R> {
    const { scopes } = this.#host;
    const scope = this.#scope;
    scopes.push(scope);
    scope.isExecuting = executing;
    try {
      return await body();
    } finally {
      scope.isExecuting = false;
      scopes.splice(scopes.lastIndexOf(scope), 1);
    }
  }

  async run<R>(statement: Statement, bindValues: BindValues | undefined, execute: Execute<R>): Promise<R> {
    const { named } = this.#host;
    const name = preparedName(statement.text);
    const known = name?.verb === 'execute' ? named.get(name.name) : undefined;
    if (known?.hasCalls && (await this.#isPrepared(name!.name))) {
      // Prepare it again: DuckDB would scan the calls as they were bound by PREPARE, but the relations may
      // have other columns by now.
      await this.#once(known.statement, undefined, (prepare) => prepare.run());
    }
    const result = await this.#once(statement, bindValues, execute);
    if (name?.verb === 'prepare') named.set(name.name, { statement, hasCalls: this.calls });
    if (known) known.hasCalls ||= this.calls;
    return result;
  }

  async #once<R>(
    { text, count }: Statement,
    bindValues: BindValues | undefined,
    execute: Execute<R>,
  ): Promise<R> {
    const executing = !onlyBinds(text);
    return this.repeatUntilBound(executing, async () => {
      const extracted = await this.#host.connection.extractStatements(text);
      for (let index = 0; ; index++) {
        const statement = await this.inScope(executing, () => extracted.prepare(index));
        const { hasWorkers } = this.#host;
        // DuckDB may bind a statement again when its parameters get values. `runOnDuckdbThreads` must not be used then,
        // because bind callbacks cannot run on the thread that it starts the statement on.
        const mayBind = this.calls || !executing || bindValues || preparedName(text);
        const run = (): Promise<DuckDBMaterializedResult> =>
          mayBind || !hasWorkers ? statement.run() : runOnDuckdbThreads(statement, hasWorkers);
        try {
          this.#signal.throwIfAborted();
          if (index < count - 1) {
            await this.inScope(executing, run);
            continue;
          }
          bindValues?.(statement);
          return await this.inScope(executing, () => execute(statement, run));
        } finally {
          statement.destroySync();
        }
      }
    });
  }

  /** Returns false when the name has been deallocated. */
  async #isPrepared(name: string): Promise<boolean> {
    const { connection } = this.#host.context(this.#signal);
    const isKnown = 'SELECT count(*) > 0 FROM duckdb_prepared_statements() WHERE lower(name) = $1';
    return (await oneValue(connection, isKnown, [name])) === true;
  }

  /** Computes the rows of calls that have none yet. */
  async #compute(): Promise<void> {
    for (const job of this.#scope.pending()) {
      await job.compute(this.#host.context(this.#signal));
      this.#signal.throwIfAborted();
    }
    this.#scope.share();
  }

  /** Describes the relations that a paused bind requested. Returns false when it requested none. */
  async #describe(): Promise<boolean> {
    const { requested, relations } = this.#scope;
    if (requested.size === 0) return false;
    const { connection } = this.#host.context(this.#signal);
    for (const [text, functionName] of requested) {
      relations.set(text, await describeRelation(connection, functionName, text));
    }
    requested.clear();
    return true;
  }
}
