import type { DuckDBConnection } from '@duckdb/node-api';
import { NearduckError } from '../../errors.ts';
import { awsSettings, type AwsSettings } from './awsSettings.ts';
import { awsCredentials, type CredentialProvider, type S3Credentials } from './credentials.ts';
import { loadHttpfs } from './httpfs.ts';
import { scrub } from './scrub.ts';
import { SECRET_NAME, secretStatement } from './secretStatement.ts';

/** New credentials are fetched this long before the old ones expire: 5 minutes, in milliseconds. */
const MARGIN = 5 * 60_000;

export interface S3SecretsOptions {
  /** Region and endpoint; default from the environment and the AWS profile. */
  readonly settings?: AwsSettings;
  /** Default: the AWS SDK's chain. */
  readonly provider?: CredentialProvider;
  /** Makes `httpfs` available; default LOAD, or INSTALL and LOAD. */
  readonly load?: (connection: DuckDBConnection) => Promise<void>;
  /** Receives remarks for the user. */
  readonly onNotice?: (text: string) => void;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
}

/** Keeps an S3 secret in a DuckDB session that is good for at least five more minutes, or as long as its source allows. */
export class S3Secrets {
  readonly #settings: AwsSettings;
  readonly #provider: CredentialProvider;
  readonly #options: S3SecretsOptions;
  /** What the secret holds, kept to keep it out of messages. */
  #credentials: S3Credentials | undefined;
  #state: 'none' | 'made' | 'theirs' = 'none';
  #refreshing: Promise<void> | undefined;

  /** @throws NearduckError (Invalid Input Error) for an endpoint that is no URL. */
  constructor(options: S3SecretsOptions = {}) {
    this.#options = options;
    this.#settings = options.settings ?? awsSettings();
    this.#provider = options.provider ?? awsCredentials(this.#settings.region);
  }

  /**
   * Call before each statement that may touch `s3://`: costs nothing while the secret is good. Where the session has an S3
   * secret of the user's own for all of `s3://`, that one stays in charge. DuckDB's secrets belong to transactions: one
   * renewed inside a transaction is undone by ROLLBACK, and one renewed on another connection is not seen before its end.
   * @throws NearduckError (IO Error) when httpfs cannot be loaded or the source of credentials fails.
   */
  async ensure(connection: DuckDBConnection): Promise<void> {
    if (this.#isGood(MARGIN)) return;
    this.#refreshing ??= this.#refresh(connection).finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  /** `text`, such as an error of DuckDB's, without key material. */
  scrub(text: string): string {
    return scrub(text, this.#credentials);
  }

  #isGood(margin: number): boolean {
    if (this.#state === 'none') return false;
    const expires = this.#credentials?.expiration?.getTime() ?? Infinity;
    return expires - (this.#options.now ?? Date.now)() > margin;
  }

  async #refresh(connection: DuckDBConnection): Promise<void> {
    if (this.#state === 'none') {
      await (this.#options.load ?? loadHttpfs)(connection);
      if (await hasOwnSecret(connection)) {
        this.#state = 'theirs';
        return;
      }
    }
    let credentials: S3Credentials | undefined;
    try {
      credentials = await this.#provider();
    } catch (error) {
      // What worked until now still works: the source may be back by the next statement.
      if (!this.#isGood(0)) throw error;
      this.#options.onNotice?.(
        `${messageOf(error)}; the credentials in use are good until ${this.#expiry()}`,
      );
      return;
    }
    if (!credentials) this.#options.onNotice?.('S3: no AWS credentials found; requests are not signed');
    await createSecret(connection, credentials, this.#settings);
    this.#credentials = credentials;
    this.#state = 'made';
  }

  #expiry(): string {
    return this.#credentials?.expiration?.toISOString() ?? '';
  }
}

/** True when the user made a secret that covers every `s3://` path; one for a bucket wins over ours anyway. */
async function hasOwnSecret(connection: DuckDBConnection): Promise<boolean> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*) > 0 FROM duckdb_secrets()
     WHERE type = 's3' AND name <> '${SECRET_NAME}' AND list_contains(scope, 's3://')`,
  );
  return reader.getRows()[0][0] === true;
}

async function createSecret(
  connection: DuckDBConnection,
  credentials: S3Credentials | undefined,
  settings: AwsSettings,
): Promise<void> {
  try {
    await connection.run(secretStatement(credentials, settings));
  } catch (error) {
    // DuckDB repeats the statement below the first line, and parts of it could be parts of a key: no cause, one line.
    const message = scrub(messageOf(error).split('\n', 1)[0], credentials);
    throw new NearduckError('IO', `S3: DuckDB did not take the credentials: ${message}`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
