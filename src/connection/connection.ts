import {
  DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBPendingResult,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
  type StatementType,
} from '@duckdb/node-api';
import type duckdb from '@duckdb/node-bindings';
import { connectionHandle } from '../columns/native.ts';
import { interruptError } from '../errors.ts';
import type { ProgressListener } from '../progress.ts';
import { describeRelation } from '../relation/relation.ts';
import { BackgroundResult } from './backgroundResult.ts';
import type { Job } from './job.ts';
import { PreparedStatement } from './preparedStatement.ts';
import { ConnectionRegistry } from './registry.ts';
import { StatementScope } from './scope.ts';
import { onlyBinds, preparedName, splitStatements, type Statement } from './statements.ts';
import { createTableFunction, type TableFunction } from './tableFunction.ts';

type Values = DuckDBValue[] | Record<string, DuckDBValue>;
type Types = DuckDBType[] | Record<string, DuckDBType | undefined>;

export interface ConnectionOptions {
  /** Table functions to register with the instance, the first time one of its connections is opened here. */
  readonly functions?: readonly TableFunction[];
  readonly onProgress?: ProgressListener;
  /** Receives remarks for the user, such as how many rows were skipped. */
  readonly onNotice?: (text: string) => void;
}

/** One statement of a script and its rows, as they stream. */
export interface StatementResult {
  readonly sql: string;
  readonly statementType: StatementType;
  readonly result: DuckDBResult;
}

/** What a connection and the nested connections of its running jobs share. */
interface SharedState {
  readonly connectionId: number;
  readonly registry: ConnectionRegistry;
  readonly scopes: StatementScope[];
  readonly options: ConnectionOptions;
  readonly settings: Map<string, unknown>;
  readonly running: Set<AbortController>;
  /** Calls of SQL-level `PREPARE name AS …`, for `EXECUTE name`. */
  readonly prepared: Map<string, Job[]>;
  /** Settles when the statement before is done: statements of one connection run one at a time. */
  tail: Promise<unknown>;
}

/**
 * A DuckDB connection whose statements may call nearduck's table functions. Between DuckDB's bind and its execution the
 * rows of each call are computed: everything that runs statements through node-api works unchanged.
 */
export class Connection extends DuckDBConnection {
  readonly #state: SharedState;
  readonly #nested: boolean;

  /** Use `Connection.open`. */
  constructor(handle: duckdb.Connection, state?: SharedState, nested = false) {
    super(handle);
    this.#state = state ?? newState(this, new ConnectionRegistry(), {});
    this.#nested = nested;
  }

  /** Opens a connection to `instance` (default: a new in-memory one). */
  static async open(instance?: DuckDBInstance, options: ConnectionOptions = {}): Promise<Connection> {
    const owner = instance ?? (await DuckDBInstance.create());
    const plain = await owner.connect();
    const registry = ConnectionRegistry.of(owner);
    registry.register(
      plain,
      (options.functions ?? []).map((definition) => (r) => createTableFunction(definition, r)),
    );
    return new Connection(connectionHandle(plain), newState(plain, registry, options));
  }

  /** Session-wide choices that table functions fall back to, such as the backend. */
  get settings(): Map<string, unknown> {
    return this.#state.settings;
  }

  override async run(sql: string, values?: Values, types?: Types): Promise<DuckDBMaterializedResult> {
    const result = await this.#runScript(sql, values, types, (statement) => statement.run());
    return result ?? super.run(sql);
  }

  override async stream(sql: string, values?: Values, types?: Types): Promise<DuckDBResult> {
    const result = await this.#runScript(sql, values, types, (statement) => statement.stream());
    return result ?? super.stream(sql);
  }

  override async start(sql: string, values?: Values, types?: Types): Promise<DuckDBPendingResult> {
    if (values) return new BackgroundResult(this.run(sql, values, types));
    const result = await this.#runScript(sql, values, types, (statement) => statement.start());
    return result ?? super.start(sql);
  }

  override async startStream(sql: string, values?: Values, types?: Types): Promise<DuckDBPendingResult> {
    if (values) return new BackgroundResult(this.stream(sql, values, types));
    const result = await this.#runScript(sql, values, types, (statement) => statement.startStream());
    return result ?? super.startStream(sql);
  }

  /** Prepares one statement; its table functions compute at each execution. */
  override async prepare(sql: string): Promise<DuckDBPreparedStatement> {
    const scope = new StatementScope();
    const statement = await this.#exclusive(() =>
      this.#untilComputed(scope, false, () => this.#within(scope, false, () => super.prepare(sql))),
    );
    const boundHere = scope.jobs.length;
    const prepared = new PreparedStatement(statement, {
      execute: (execute) =>
        this.#exclusive(() => {
          scope.reset(boundHere);
          return this.#execute(sql, statement, scope, execute);
        }),
      computes: () => boundHere > 0 && !onlyBinds(sql),
    });
    return prepared;
  }

  /** Runs the statements of a script in order, each when the one before has been taken, and yields their rows as streams. */
  async *statements(sql: string): AsyncGenerator<StatementResult> {
    for (const statement of await splitStatements(this, sql)) {
      const result = await this.#exclusive(() =>
        this.#runStatement(statement, undefined, undefined, (prepared) => prepared.stream()),
      );
      yield { sql: statement.text, statementType: result.statementType, result };
    }
  }

  /** Stops what runs on this connection: the jobs being computed and DuckDB's query. */
  override interrupt(): void {
    for (const controller of this.#state.running) controller.abort(interruptError());
    super.interrupt();
  }

  /** Stops what runs and waits until it has: afterwards the connection can be closed. */
  async settle(): Promise<void> {
    this.interrupt();
    await this.#state.tail;
  }

  override disconnectSync(): void {
    if (!this.#nested) {
      for (const controller of this.#state.running) controller.abort(interruptError());
      this.#state.registry.remove(this.#state.connectionId);
    }
    super.disconnectSync();
  }

  /** Runs all statements, returns the last one's result; undefined when the text has none. */
  async #runScript<R>(
    sql: string,
    values: Values | undefined,
    types: Types | undefined,
    execute: (statement: DuckDBPreparedStatement) => R | Promise<R>,
  ): Promise<R | undefined> {
    return this.#exclusive(async () => {
      const statements = await splitStatements(this, sql);
      const last = statements.pop();
      for (const statement of statements) {
        await this.#runStatement(statement, undefined, undefined, (prepared) => prepared.run());
      }
      return last && this.#runStatement(last, values, types, execute);
    });
  }

  /**
   * Binds and executes a statement. When DuckDB binds a call whose rows are missing, binding stops, the rows are computed
   * and all begins again: the second time their number is known, and DuckDB plans joins with it.
   */
  async #runStatement<R>(
    { text, count }: Statement,
    values: Values | undefined,
    types: Types | undefined,
    execute: (statement: DuckDBPreparedStatement) => R | Promise<R>,
  ): Promise<R> {
    const scope = new StatementScope();
    const name = preparedName(text);
    const executing = !onlyBinds(text);
    if (name?.verb === 'execute') {
      scope.jobs.push(...(this.#state.prepared.get(name.name) ?? []));
      scope.reset(scope.jobs.length);
    }
    return this.#untilComputed(scope, executing, async () => {
      const extracted = await this.extractStatements(text);
      for (let index = 0; ; index++) {
        const statement = await this.#within(scope, executing, () => extracted.prepare(index));
        try {
          if (index < count - 1) {
            await this.#within(scope, executing, () => statement.run());
            continue;
          }
          if (values) statement.bind(values, types);
          const result = await this.#within(scope, executing, () => execute(statement));
          if (name?.verb === 'prepare') this.#state.prepared.set(name.name, scope.jobs);
          return result;
        } finally {
          statement.destroySync();
        }
      }
    });
  }

  /** Executes a statement the user prepared, computing its calls anew. */
  async #execute<R>(
    text: string,
    statement: DuckDBPreparedStatement,
    scope: StatementScope,
    execute: (statement: DuckDBPreparedStatement) => R | Promise<R>,
  ): Promise<R> {
    const executing = !onlyBinds(text);
    return this.#untilComputed(scope, executing, () =>
      this.#within(scope, executing, () => execute(statement)),
    );
  }

  /** Runs `body`, in which DuckDB binds, again each time it pauses for a relation to describe or for rows to compute. */
  async #untilComputed<R>(scope: StatementScope, executing: boolean, body: () => Promise<R>): Promise<R> {
    for (;;) {
      await this.#compute(scope, executing);
      try {
        return await body();
      } catch (error) {
        if (!(await this.#resume(scope)) && !(executing && scope.pending().length > 0)) throw error;
      }
    }
  }

  /** Computes the calls of a statement that have no rows yet, unless it only binds. */
  async #compute(scope: StatementScope, executing: boolean): Promise<void> {
    if (!executing) return;
    const { options, settings, running } = this.#state;
    for (const job of scope.pending()) {
      const controller = new AbortController();
      running.add(controller);
      try {
        await job.compute({
          connection: new Connection(connectionHandle(this), this.#state, true),
          signal: controller.signal,
          progress: options.onProgress ?? (() => {}),
          notice: options.onNotice ?? (() => {}),
          settings,
        });
        controller.signal.throwIfAborted();
      } finally {
        running.delete(controller);
      }
    }
    scope.share();
  }

  /** Describes the relations a paused bind asked for; false when it asked for none. */
  async #resume(scope: StatementScope): Promise<boolean> {
    if (scope.wanted.size === 0) return false;
    const nested = new Connection(connectionHandle(this), this.#state, true);
    for (const [text, functionName] of scope.wanted) {
      scope.relations.set(text, await describeRelation(nested, functionName, text));
    }
    scope.wanted.clear();
    return true;
  }

  /** Runs `body` with `scope` as the statement that bind callbacks belong to. */
  async #within<R>(scope: StatementScope, executing: boolean, body: () => R | Promise<R>): Promise<R> {
    const { scopes } = this.#state;
    scopes.push(scope);
    scope.executing = executing;
    try {
      return await body();
    } finally {
      scope.executing = false;
      scopes.splice(scopes.lastIndexOf(scope), 1);
    }
  }

  /** Waits for the statement before; nested statements run inside the one that waits for them. */
  #exclusive<R>(body: () => Promise<R>): Promise<R> {
    if (this.#nested) return body();
    const run = this.#state.tail.then(body, body);
    this.#state.tail = run.catch(() => {});
    return run;
  }
}

function newState(
  connection: DuckDBConnection,
  registry: ConnectionRegistry,
  options: ConnectionOptions,
): SharedState {
  const { connectionId } = connection.clientContext;
  return {
    connectionId,
    registry,
    scopes: registry.add(connectionId),
    options,
    settings: new Map(),
    running: new Set(),
    prepared: new Map(),
    tail: Promise.resolve(),
  };
}
