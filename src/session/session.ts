import { DuckDBConnection, DuckDBInstance, type DuckDBMaterializedResult } from '@duckdb/node-api';
import type { Table } from 'apache-arrow';
import { type BatchOptions, arrowTable } from '../arrow/recordBatches.ts';
import { connectionHandle } from '../columns/native.ts';
import { Connection } from '../connection/connection.ts';
import { stoppedBy, type StatementOptions } from '../statementOptions.ts';
import { tableFunctionOf } from '../functions/definition.ts';
import { tableFunctions } from '../functions/catalogue.ts';
import { parseBytes } from '../byteSize.ts';
import { closeKernels } from '../functions/context.ts';
import type { BackendChoice } from '../kernels/backends.ts';
import { StagedResults } from '../output/stagedResults.ts';
import type { ProgressListener } from '../progress.ts';
import { firstRow, oneValue } from '../queryValues.ts';
import { registerOutputFunctions } from './outputFunctions.ts';
import { macroScript } from '../sqlScripts.ts';
import { S3Statements } from './s3/s3Statements.ts';

/** Options of a session. */
export interface SessionOptions {
  /** A database file. Default: `:memory:`. */
  readonly database?: string;
  /** Opens the database read-only. */
  readonly readonly?: boolean;
  /** DuckDB settings, such as `{ threads: '4' }`. Default for `threads`: one more than the cores. */
  readonly config?: Readonly<Record<string, string>>;
  /** The backend of calls that name none. Default: `auto`. */
  readonly backend?: BackendChoice;
  /** Maximum memory for nearduck's rows, such as `4GB`. Default: DuckDB's `memory_limit`. */
  readonly memoryLimit?: string;
  /** Use the environment's AWS credentials for s3://. With false, DuckDB is on its own. Default: true. */
  readonly s3?: boolean;
  /** Seconds of retries of a failed S3 request. 0 leaves it to DuckDB (half a second). Default: 300. */
  readonly s3Patience?: number;
  /** A file of httpfs, or a mirror of DuckDB's extension host. Default: NEARDUCK_HTTPFS, then that host. */
  readonly httpfs?: string;
  readonly onProgress?: ProgressListener;
  /** Receives messages for the user, such as the number of skipped rows. */
  readonly onNotice?: (text: string) => void;
}

/** A DuckDB database with one connection on which the nearduck functions and macros are available. */
export class Session implements AsyncDisposable {
  readonly connection: Connection;
  /** The results that scripts are writing to output folders. */
  readonly results: StagedResults;
  readonly #instance: DuckDBInstance;
  /** Provides access to s3://. Undefined when it is left to DuckDB. */
  readonly s3: S3Statements | undefined;

  private constructor(
    instance: DuckDBInstance,
    connection: Connection,
    results: StagedResults,
    s3: S3Statements | undefined,
  ) {
    this.#instance = instance;
    this.s3 = s3;
    this.connection = connection;
    this.results = results;
  }

  /**
   * Opens a database.
   * @throws NearduckError (Invalid Input Error) for a memory limit that is not a size, and DuckDB's errors
   * when it cannot open the database.
   */
  static async open(options: SessionOptions = {}): Promise<Session> {
    if (options.memoryLimit !== undefined) parseBytes(options.memoryLimit);
    const config = { ...options.config, ...(options.readonly ? { access_mode: 'READ_ONLY' } : {}) };
    const instance = await DuckDBInstance.create(options.database ?? ':memory:', config);
    const s3 = (options.s3 ?? true) ? s3Statements(instance, options) : undefined;
    const connection = await Connection.open(instance, {
      wrapStatement: s3?.wrapStatement,
      functions: tableFunctions.map(tableFunctionOf),
      onProgress: options.onProgress,
      onNotice: options.onNotice,
    });
    if (options.config?.['threads'] === undefined) await addThread(connection);
    if (options.backend) connection.settings.set('backend', options.backend);
    if (options.memoryLimit) connection.settings.set('memoryLimit', options.memoryLimit);
    const results = new StagedResults(options.onNotice);
    registerOutputFunctions(connection, results);
    // Macros call no table function, so plain DuckDB creates them.
    await new DuckDBConnection(connectionHandle(connection)).run(macroScript());
    if (options.database !== undefined && (await hasRemoteViews(connection))) s3?.mention();
    return new Session(instance, connection, results, s3);
  }

  /** The database, for further connections: `Connection.open(session.instance)`. */
  get instance(): DuckDBInstance {
    return this.#instance;
  }

  /**
   * Runs a script and returns the materialized result of its last statement.
   * @throws DuckDB's errors, or the reason of the signal.
   */
  async run(
    sql: string,
    { values, types, signal }: StatementOptions = {},
  ): Promise<DuckDBMaterializedResult> {
    return stoppedBy(this.connection, signal).run(sql, values, types);
  }

  /**
   * Runs a script and returns the rows of its last statement as an Arrow table.
   * @throws DuckDB's errors, the reason of the signal, or NearduckError (Not Implemented Error) for a column
   * without an Arrow type.
   */
  async arrow(sql: string, options?: StatementOptions & BatchOptions): Promise<Table> {
    return arrowTable(this.connection, sql, options);
  }

  /** Interrupts a running statement and closes the database. */
  async close(): Promise<void> {
    await this.connection.settle();
    await closeKernels(this.connection.settings);
    this.results.discard();
    this.s3?.close();
    this.connection.closeSync();
    this.#instance.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const s3Statements = (
  instance: DuckDBInstance,
  { s3Patience, httpfs, onNotice }: SessionOptions,
): S3Statements =>
  new S3Statements({ connect: () => instance.connect(), patience: s3Patience, httpfs, onNotice });

/** True when views read s3:// paths: statements that use them may not mention s3:// themselves. */
const hasRemoteViews = async (connection: Connection): Promise<boolean> =>
  (await oneValue(
    connection,
    `SELECT count(*) > 0 FROM duckdb_views() WHERE NOT internal AND regexp_matches(sql, 's3[an]?:/', 'i')`,
  )) === true;

/** Adds one DuckDB thread: one of those that scan mostly waits for JavaScript to take its rows. */
async function addThread(connection: Connection): Promise<void> {
  const [threads, locked] = await firstRow(
    connection,
    `SELECT current_setting('threads'), current_setting('lock_configuration')`,
  );
  if (!locked) await connection.run(`SET threads = ${Number(threads) + 1}`);
}
