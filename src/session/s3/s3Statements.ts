import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import type { Around } from '../../connection/execution.ts';
import { loadHttpfs } from './httpfs.ts';
import { firstLine } from './messages.ts';
import { DEFAULT_PATIENCE, HASTY, mayChangeRetries, patientSettings, setRetries } from './patience.ts';
import { S3Secrets } from './s3Secrets.ts';
import type { S3Access } from './uploads.ts';

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
const REFUSED = /\bHTTP (?:code )?40[0134]\b/;
const NOT_THERE = /\bHTTP (?:code )?404\b/;

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
  readonly #readable = new Set<string>();

  constructor(options: S3StatementsOptions) {
    this.#options = options;
    this.#secrets = options.secrets;
  }

  /** What requests are signed with; undefined while the user's own secret is in charge, and before there is one. */
  get access(): S3Access | undefined {
    return this.#secrets?.access;
  }

  /** From now on any statement may touch `s3://`. */
  mention(): void {
    this.#mentioned = true;
  }

  readonly around: Around = async ({ sql, connection }, body) => {
    const mentions = MENTION.test(sql);
    this.#mentioned ||= mentions;
    if (!this.#mentioned) return body();
    // A source that failed is asked again only by statements that name s3://: others may not need it.
    if (mentions || this.#failure === undefined) await this.#prepare(connection);
    const isRefused = mentions && this.#isPatient && (await this.#isRefused(sql));
    try {
      return await body();
    } catch (error) {
      throw this.#failure !== undefined && isAboutS3(error) ? this.#failure : error;
    } finally {
      if (isRefused) await setRetries(await this.#connection(), patientSettings(this.#patience));
    }
  };

  /** Lets requests fail at once: what comes is only to clear up. */
  async beHasty(): Promise<void> {
    if (!this.#isPatient) return;
    this.#isPatient = false;
    const connection = await this.#connection();
    await setRetries(connection, { ...HASTY, http_retries: 1 });
    await connection.run('SET GLOBAL http_timeout = 5');
  }

  close(): void {
    this.#side?.closeSync();
  }

  get #patience(): number {
    return this.#options.patience ?? DEFAULT_PATIENCE;
  }

  async #prepare(connection: DuckDBConnection): Promise<void> {
    try {
      if (!this.#isLoaded) {
        await (this.#options.load ?? ((on) => loadHttpfs(on, this.#options.httpfs)))(connection);
        await this.#becomePatient(connection);
        this.#isLoaded = true;
      }
      this.#secrets ??= new S3Secrets({ onNotice: this.#options.onNotice });
      await this.#secrets.ensure(connection);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
    }
  }

  async #becomePatient(connection: DuckDBConnection): Promise<void> {
    if (this.#patience === 0 || !(await mayChangeRetries(connection))) return;
    await setRetries(await this.#connection(), patientSettings(this.#patience));
    this.#isPatient = true;
  }

  /**
   * DuckDB tries reads of a file again even when it was refused them. So files are looked at first; where one is refused,
   * true comes back, and the statement does with DuckDB's own few tries, and fails at once.
   */
  async #isRefused(sql: string): Promise<boolean> {
    const files = [...sql.matchAll(FILE)].map(([, file]) => file).filter((file) => !this.#readable.has(file));
    if (files.length === 0) return false;
    const connection = await this.#connection();
    await setRetries(connection, { ...HASTY, http_retries: 1 });
    for (const file of files) {
      const error = await errorOf(connection.run(`SELECT size FROM read_blob(${quotedString(file)})`));
      if (error === undefined) this.#readable.add(file);
      else if (NOT_THERE.test(error)) continue;
      else if (REFUSED.test(error)) {
        await setRetries(connection, HASTY);
        return true;
      } else {
        this.#options.onNotice?.(`S3: ${error}; tries again for up to ${this.#patience} seconds`);
      }
    }
    await setRetries(connection, patientSettings(this.#patience));
    return false;
  }

  async #connection(): Promise<DuckDBConnection> {
    return (this.#side ??= await this.#options.connect());
  }
}

const errorOf = (run: Promise<unknown>): Promise<string | undefined> =>
  run.then(
    () => undefined,
    (error: unknown) => firstLine(error),
  );

const isAboutS3 = (error: unknown): boolean => /httpfs|s3[an]?:\/\/|HTTP|secret/i.test(firstLine(error));
