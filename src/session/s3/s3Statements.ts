import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import type { Around } from '../../connection/execution.ts';
import { loadHttpfs } from './httpfs.ts';
import { firstLine } from './messages.ts';
import {
  DEFAULT_PATIENCE,
  HASTY,
  mayChangeRetries,
  patientSettings,
  setRetries,
  type RetrySettings,
} from './patience.ts';
import { S3Secrets } from './s3Secrets.ts';
import { SECRET_NAME } from './secretStatement.ts';
import type { S3Access } from './requests.ts';

export interface S3StatementsOptions {
  /** For settings, and looks ahead: a connection without a transaction of the user's. */
  readonly connect: () => Promise<DuckDBConnection>;
  readonly secrets?: S3Secrets;
  /** Seconds that a request that fails is tried again; 0 leaves it to DuckDB. Default: five minutes. */
  readonly patience?: number;
  /** Where httpfs comes from, as `loadHttpfs` takes it. */
  readonly httpfs?: string;
  /** Makes httpfs available; default `loadHttpfs`. */
  readonly load?: (connection: DuckDBConnection) => Promise<void>;
  readonly onNotice?: (text: string) => void;
}

const MENTION = /\bs3[an]?:\/\//i;
/** A name of one file, quoted once or twice, without wildcards. */
const FILE = /'(s3[an]?:\/\/[^'*?[]+\.\w+)'/gi;
const BUCKET = /\bs3[an]?:\/\/([^/'*?[\s]+)/gi;
const COMMENT = /^\s*--.*$/gm;
/** Answers of a server that is there. */
const ANSWER = /\bHTTP (?:code )?4\d\d\b/;
const NOT_THERE = /\bHTTP (?:code )?404\b/;
const UNREACHABLE = /Could not resolve|SSL|certificate/i;
/** Files that are looked at before a statement. */
const MOST_FILES = 3;

/** Gives each statement that may touch `s3://` httpfs, credentials and patience, from the first that mentions it on. */
export class S3Statements {
  readonly #options: S3StatementsOptions;
  /** Made when it is needed: a wrong endpoint is no matter to who does not use S3. */
  #secrets: S3Secrets | undefined;
  #mentioned = false;
  #isLoaded = false;
  /** Why statements have to do without credentials, or without httpfs. */
  #failure: unknown;
  #side: DuckDBConnection | undefined;
  #isPatient = false;
  /** Files that can be read, and buckets that answer. */
  readonly #known = new Set<string>();

  constructor(options: S3StatementsOptions) {
    this.#options = options;
    this.#secrets = options.secrets;
  }

  /** What requests are signed with; undefined while the user's own secret is in charge, and before there is one. */
  get access(): S3Access | undefined {
    return this.#secrets?.access;
  }

  /** The same for one path, for which the user may have made a secret of its own; undefined then, too. */
  async accessTo(path: string): Promise<S3Access | undefined> {
    if (!this.access) return undefined;
    const connection = await this.#connection();
    const found = await connection.runAndReadAll(
      `SELECT name FROM which_secret(${quotedString(path)}, 's3')`,
    );
    return found.getRows()[0]?.[0] === SECRET_NAME ? this.access : undefined;
  }

  /** From now on any statement may touch `s3://`. */
  mention(): void {
    this.#mentioned = true;
  }

  readonly around: Around = async ({ sql, connection }, body) => {
    const mentions = MENTION.test(sql) && MENTION.test(sql.replaceAll(COMMENT, ''));
    this.#mentioned ||= mentions;
    if (!this.#mentioned) return body();
    // A source that failed is asked again only by statements that name s3://: others may not need it.
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

  /** Lets requests fail soon: what comes is only to clear up. */
  async beHasty(): Promise<void> {
    if (!this.#isPatient) return;
    await this.#setRetries({ ...HASTY, http_retries: 1 });
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
      await this.#setRetries(HASTY);
    }
  }

  /** Unless they are the user's. */
  async #setRetries(settings: RetrySettings): Promise<void> {
    if (this.#isPatient) await setRetries(await this.#connection(), settings);
  }

  /**
   * DuckDB tries reads of a file again even when it was refused them, and says nothing meanwhile. So files that a statement
   * names are looked at first, and buckets new to the session. Where a file is refused, or a
   * host is not found, true comes back: the statement does with
   * DuckDB's own few tries, and fails at once.
   */
  async #isRefused(sql: string, user: DuckDBConnection): Promise<boolean> {
    const looks = looksFor(sql).filter(({ what }) => !this.#known.has(what));
    if (!this.#isPatient || this.#failure !== undefined || looks.length === 0) return false;
    const connection = await this.#connection();
    // Secrets of a transaction that is open are seen inside it alone.
    if ((await secretsIn(connection)) !== (await secretsIn(user))) return false;
    await this.#setRetries({ ...HASTY, http_retries: 1 });
    for (const { what, isFile, statement } of looks) {
      const error = await errorOf(connection.run(statement));
      if (error === undefined || (!isFile && ANSWER.test(error))) this.#known.add(what);
      else if (NOT_THERE.test(error)) continue;
      else if (ANSWER.test(error) || UNREACHABLE.test(error)) {
        await this.#setRetries(HASTY);
        return true;
      } else {
        this.#options.onNotice?.(`S3: ${error}; tries again for up to ${this.#patience} seconds`);
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

/** One cheap request for each of the first files, and each other bucket, that a statement names. */
function looksFor(sql: string): { what: string; isFile: boolean; statement: string }[] {
  const files = [...new Set([...sql.matchAll(FILE)].map(([, file]) => file))].slice(0, MOST_FILES);
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
      statement: `SELECT file FROM glob(${quotedString(`s3://${bucket}/nearduck-looks-*`)})`,
    })),
  ];
}

/** Undefined in a transaction that is aborted. */
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
