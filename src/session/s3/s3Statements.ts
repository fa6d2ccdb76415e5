import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { firstLine } from '../../errors.ts';
import type { StatementWrapper } from '../../connection/execution.ts';
import { loadHttpfs } from './httpfs.ts';
import {
  DEFAULT_PATIENCE,
  DUCKDB_RETRIES,
  mayChangeRetries,
  patientSettings,
  setRetries,
  type RetrySettings,
} from './patience.ts';
import { firstRow } from '../../queryValues.ts';
import { S3Secrets, SECRET_NAME } from './s3Secrets.ts';
import type { S3Access } from './requests.ts';

/** How statements get access to `s3://`. */
export interface S3StatementsOptions {
  /** Opens a connection without the user's transaction, for settings and test requests. */
  readonly connect: () => Promise<DuckDBConnection>;
  readonly secrets?: S3Secrets;
  /** Seconds for which a failed request is retried. With 0, DuckDB's settings apply. Default: 300. */
  readonly patience?: number;
  /** The source of httpfs; see `loadHttpfs`. */
  readonly httpfs?: string;
  /** Makes httpfs available. Default: `loadHttpfs`. */
  readonly load?: (connection: DuckDBConnection) => Promise<void>;
  readonly onNotice?: (text: string) => void;
}

const MENTION = /\bs3[an]?:\/\//i;
/** The name of one file in single quotes, perhaps doubled, without wildcards. */
const FILE = /'(s3[an]?:\/\/[^'*?[]+\.\w+)'/gi;
const BUCKET = /\bs3[an]?:\/\/([^/'*?[\s]+)/gi;
const COMMENT = /^\s*--.*$/gm;
/** Error messages of a server that was reached. */
const CLIENT_ERROR = /\bHTTP (?:code )?4\d\d\b/;
const NOT_FOUND = /\bHTTP (?:code )?404\b/;
const UNREACHABLE = /Could not resolve|SSL|certificate/i;
/** Maximum number of files tested before a statement. */
const MAX_TESTED_FILES = 3;

/** Provides httpfs, credentials and retries to all statements from the first that mentions `s3://`. */
export class S3Statements {
  readonly #options: S3StatementsOptions;
  /** Created at first use, so that a wrong endpoint does not matter to sessions without S3. */
  #secrets: S3Secrets | undefined;
  #mentioned = false;
  #isLoaded = false;
  /** The error that left statements without credentials or without httpfs. */
  #failure: unknown;
  #side: DuckDBConnection | undefined;
  #isPatient = false;
  /** Files that can be read, and buckets that respond. */
  readonly #known = new Set<string>();

  constructor(options: S3StatementsOptions) {
    this.#options = options;
    this.#secrets = options.secrets;
  }

  /** The keys that sign requests. Undefined without a secret, or while the user's own is used. */
  get access(): S3Access | undefined {
    return this.#secrets?.access;
  }

  /** The access for one path. Also undefined if a secret of the user applies to this path. */
  async accessFor(path: string): Promise<S3Access | undefined> {
    if (!this.access) return undefined;
    const secret = `SELECT name FROM which_secret(${quotedString(path)}, 's3')`;
    const found = await firstRow(await this.#connection(), secret);
    return found?.[0] === SECRET_NAME ? this.access : undefined;
  }

  /** Declares that any later statement may use `s3://`. */
  mention(): void {
    this.#mentioned = true;
  }

  readonly wrapStatement: StatementWrapper = async ({ sql, connection }, body) => {
    const mentions = MENTION.test(sql) && MENTION.test(sql.replaceAll(COMMENT, ''));
    this.#mentioned ||= mentions;
    if (!this.#mentioned) return body();
    // After a failure, credentials are requested again only for statements that mention s3://, because other
    // statements may not need them.
    if (mentions || this.#failure === undefined) await this.#prepare(connection);
    const isRefused = mentions && (await this.#isRefused(sql, connection));
    try {
      return await body();
    } catch (error) {
      throw this.#failure !== undefined && isAboutS3(error) ? this.#failure : error;
    } finally {
      if (isRefused) await this.#setRetries(patientSettings(this.#patience));
    }
  };

  /** Makes requests fail soon. Used when only cleanup is left to do. */
  async failSoon(): Promise<void> {
    if (!this.#isPatient) return;
    await this.#setRetries({ ...DUCKDB_RETRIES, http_retries: 1 });
    this.#isPatient = false;
    await (await this.#connection()).run('SET GLOBAL http_timeout = 5');
  }

  close(): void {
    this.#side?.closeSync();
  }

  get #patience(): number {
    return this.#options.patience ?? DEFAULT_PATIENCE;
  }

  async #prepare(connection: DuckDBConnection): Promise<void> {
    const failed = this.#failure !== undefined;
    try {
      if (!this.#isLoaded) {
        await (this.#options.load ?? ((on) => loadHttpfs(on, this.#options.httpfs)))(connection);
        this.#isPatient = this.#patience > 0 && (await mayChangeRetries(connection));
        this.#isLoaded = true;
        await this.#setRetries(patientSettings(this.#patience));
      }
      this.#secrets ??= new S3Secrets({ onNotice: this.#options.onNotice });
      await this.#secrets.ensure(connection);
      this.#failure = undefined;
      if (failed) await this.#setRetries(patientSettings(this.#patience));
    } catch (error) {
      this.#failure = error;
      await this.#setRetries(DUCKDB_RETRIES);
    }
  }

  /** Changes the settings, unless the user has set them. */
  async #setRetries(settings: RetrySettings): Promise<void> {
    if (this.#isPatient) await setRetries(await this.#connection(), settings);
  }

  /**
   * Returns true when a file is refused or a host is not found. DuckDB silently retries reads even when
   * access was denied. Therefore one request tests each of the first files that the statement names, and each
   * bucket that is new to the session. When it returns true, the statement runs with DuckDB's few retries and
   * fails soon.
   */
  async #isRefused(sql: string, user: DuckDBConnection): Promise<boolean> {
    const queries = testQueries(sql).filter(({ what }) => !this.#known.has(what));
    if (!this.#isPatient || this.#failure !== undefined || queries.length === 0) return false;
    const connection = await this.#connection();
    // Secrets created in an open transaction are visible only inside it.
    if ((await secretsIn(connection)) !== (await secretsIn(user))) return false;
    await this.#setRetries({ ...DUCKDB_RETRIES, http_retries: 1 });
    for (const { what, isFile, statement } of queries) {
      const error = await errorOf(connection.run(statement));
      if (error === undefined || (!isFile && CLIENT_ERROR.test(error))) this.#known.add(what);
      else if (NOT_FOUND.test(error)) continue;
      else if (CLIENT_ERROR.test(error) || UNREACHABLE.test(error)) {
        await this.#setRetries(DUCKDB_RETRIES);
        return true;
      } else {
        this.#options.onNotice?.(`S3: ${error}; retrying for up to ${this.#patience} seconds`);
        break;
      }
    }
    await this.#setRetries(patientSettings(this.#patience));
    return false;
  }

  async #connection(): Promise<DuckDBConnection> {
    return (this.#side ??= await this.#options.connect());
  }
}

/** Returns one cheap query for each of the first files that a statement names, and for each other bucket. */
function testQueries(sql: string): { what: string; isFile: boolean; statement: string }[] {
  const files = [...new Set([...sql.matchAll(FILE)].map(([, file]) => file))].slice(0, MAX_TESTED_FILES);
  const buckets = new Set([...sql.matchAll(BUCKET)].map(([, bucket]) => bucket));
  for (const file of files) for (const [, bucket] of file.matchAll(BUCKET)) buckets.delete(bucket);
  return [
    ...files.map((file) => ({
      what: file,
      isFile: true,
      statement: `SELECT size FROM read_blob(${quotedString(file)})`,
    })),
    ...[...buckets].map((bucket) => ({
      what: bucket,
      isFile: false,
      statement: `SELECT file FROM glob(${quotedString(`s3://${bucket}/nearduck-test-*`)})`,
    })),
  ];
}

/** Returns undefined in an aborted transaction. */
async function secretsIn(connection: DuckDBConnection): Promise<string | undefined> {
  try {
    const reader = await connection.runAndReadAll(
      'SELECT name, secret_string FROM duckdb_secrets() ORDER BY name',
    );
    return JSON.stringify(reader.getRows());
  } catch {
    return undefined;
  }
}

const errorOf = (run: Promise<unknown>): Promise<string | undefined> =>
  run.then(
    () => undefined,
    (error: unknown) => firstLine(error),
  );

const isAboutS3 = (error: unknown): boolean => /httpfs|s3[an]?:\/\/|HTTP|secret/i.test(firstLine(error));
