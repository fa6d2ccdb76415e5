import { DuckDBInstance } from '@duckdb/node-api';
import { Connection } from '../connection/connection.ts';
import { tableFunctionOf } from '../functions/definition.ts';
import { tableFunctions } from '../functions/catalogue.ts';
import { parseBytes } from '../byteSize.ts';
import { closeKernels } from '../functions/context.ts';
import type { BackendChoice } from '../kernels/kernels.ts';
import { StagedResults } from '../output/stagedResults.ts';
import type { ProgressListener } from '../progress.ts';
import { registerOutputFunctions } from './outputFunctions.ts';
import { macroScript } from '../sqlScripts.ts';
import { S3Secrets } from './s3/s3Secrets.ts';

export interface SessionOptions {
  /** A database file; default `:memory:`. */
  readonly database?: string;
  /** Open the file without the right to change it. */
  readonly readonly?: boolean;
  /** DuckDB settings to open with, such as `{ threads: '4' }`. Default `threads`: DuckDB's own, one a core, and one more. */
  readonly config?: Readonly<Record<string, string>>;
  /** Backend of calls that name none; default `auto`. */
  readonly backend?: BackendChoice;
  /** Bytes nearduck may hold, such as `4GB`; default DuckDB's `memory_limit`. */
  readonly memoryLimit?: string;
  /** Read and write s3:// with the AWS credentials of the environment; default false. */
  readonly s3?: boolean;
  readonly onProgress?: ProgressListener;
  /** Receives remarks for the user, such as how many rows were skipped. */
  readonly onNotice?: (text: string) => void;
}

/** A DuckDB database with one connection that knows the nearduck functions and macros. */
export class Session implements AsyncDisposable {
  readonly connection: Connection;
  /** What the scripts are writing to output folders. */
  readonly results: StagedResults;
  readonly #instance: DuckDBInstance;
  readonly #s3: S3Secrets | undefined;

  private constructor(
    instance: DuckDBInstance,
    connection: Connection,
    results: StagedResults,
    s3: S3Secrets | undefined,
  ) {
    this.#instance = instance;
    this.#s3 = s3;
    this.connection = connection;
    this.results = results;
  }

  /** @throws NearduckError (Invalid Input Error) for a memory limit that is no size; DuckDB's errors for the database. */
  static async open(options: SessionOptions = {}): Promise<Session> {
    if (options.memoryLimit !== undefined) parseBytes(options.memoryLimit);
    const config = { ...options.config, ...(options.readonly ? { access_mode: 'READ_ONLY' } : {}) };
    const instance = await DuckDBInstance.create(options.database ?? ':memory:', config);
    const connection = await Connection.open(instance, {
      functions: tableFunctions.map(tableFunctionOf),
      onProgress: options.onProgress,
      onNotice: options.onNotice,
    });
    if (options.config?.['threads'] === undefined) await addThread(connection);
    if (options.backend) connection.settings.set('backend', options.backend);
    if (options.memoryLimit) connection.settings.set('memoryLimit', options.memoryLimit);
    const results = new StagedResults(options.onNotice);
    registerOutputFunctions(connection, results);
    await connection.run(macroScript());
    const s3 = options.s3 ? new S3Secrets({ onNotice: options.onNotice }) : undefined;
    await s3?.ensure(connection);
    return new Session(instance, connection, results, s3);
  }

  /** The database, for further connections: `Connection.open(session.instance)`. */
  get instance(): DuckDBInstance {
    return this.#instance;
  }

  /** Renews S3 credentials that are about to expire; call it before each long step, outside transactions. */
  async ensureS3(): Promise<void> {
    await this.#s3?.ensure(this.connection);
  }

  /** Closes the database; a statement that still runs is interrupted. */
  async close(): Promise<void> {
    await this.connection.settle();
    await closeKernels(this.connection.settings);
    this.results.discard();
    this.connection.closeSync();
    this.#instance.closeSync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Of the threads that scan an input one mostly waits for JavaScript to take its rows: another one uses its core. */
async function addThread(connection: Connection): Promise<void> {
  const reader = await connection.runAndReadAll(
    `SELECT current_setting('threads'), current_setting('lock_configuration')`,
  );
  const [threads, locked] = reader.getRows()[0];
  if (!locked) await connection.run(`SET threads = ${Number(threads) + 1}`);
}
