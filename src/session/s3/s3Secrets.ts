import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { NearduckError } from '../../errors.ts';
import { awsSettings, type AwsSettings } from './awsSettings.ts';
import { awsCredentials, type CredentialProvider, type S3Credentials } from './credentials.ts';
import { firstLine, messageOf } from './messages.ts';
import { scrub } from './scrub.ts';
import { SECRET_NAME, secretStatement } from './secretStatement.ts';
import type { S3Access } from './uploads.ts';

/** New credentials are fetched this long before the old ones expire: 5 minutes, in milliseconds. */
const MARGIN = 5 * 60_000;

export interface S3SecretsOptions {
  /** Region and endpoint; default from the environment and the AWS profile. */
  readonly settings?: AwsSettings;
  /** Default: the AWS SDK's chain. */
  readonly provider?: CredentialProvider;
  /** Receives remarks for the user. */
  readonly onNotice?: (text: string) => void;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
}

/** Keeps an S3 secret in a DuckDB session that is good for at least five more minutes, or as long as its source allows. */
export class S3Secrets {
  readonly #options: S3SecretsOptions;
  #settings: AwsSettings | undefined;
  #provider: CredentialProvider | undefined;
  /** What the secret holds, kept to keep it out of messages. */
  #access: S3Access | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(options: S3SecretsOptions = {}) {
    this.#options = options;
  }

  /**
   * Call before each statement that may touch `s3://`: one look at DuckDB's secrets while ours is good. Where the user has
   * made an S3 secret for all of `s3://`, or has set `s3_access_key_id`, that stays in charge. DuckDB's secrets belong to
   * transactions: one made inside a transaction is undone by ROLLBACK, and one made on another connection is not seen
   * before its end.
   * @throws NearduckError (IO Error) when the source of credentials fails, (Invalid Input Error) for an endpoint that is no URL.
   */
  async ensure(connection: DuckDBConnection): Promise<void> {
    this.#refreshing ??= this.#refresh(connection).finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  /** What requests are signed with; undefined while that is not up to this class. */
  get access(): S3Access | undefined {
    return this.#access;
  }

  #isGood(margin: number): boolean {
    const expires = this.#access?.credentials.expiration?.getTime() ?? Infinity;
    return expires - (this.#options.now ?? Date.now)() > margin;
  }

  async #refresh(connection: DuckDBConnection): Promise<void> {
    const secrets = await secretsOf(connection);
    if (secrets === undefined) return;
    const { ours, theirs } = secrets;
    if (theirs) {
      if (ours) await connection.run(`DROP SECRET ${SECRET_NAME}`);
      this.#access = undefined;
      return;
    }
    if (ours && this.#isGood(MARGIN)) return;
    const settings = (this.#settings ??= this.#options.settings ?? (await awsSettings()));
    let credentials: S3Credentials | undefined;
    try {
      this.#provider ??= this.#options.provider ?? awsCredentials(settings.region);
      credentials = await this.#provider();
    } catch (error) {
      // What worked until now still works: the source may be back by the next statement.
      if (!ours || !this.#isGood(0)) throw error;
      this.#options.onNotice?.(
        `${messageOf(error)}; the credentials in use are good until ${this.#expiry()}`,
      );
      return;
    }
    if (!credentials && !ours)
      this.#options.onNotice?.('S3: no AWS credentials found; requests are not signed');
    await createSecret(connection, credentials, settings);
    this.#access = credentials && { credentials, settings };
  }

  #expiry(): string {
    return this.#access?.credentials.expiration?.toISOString() ?? '';
  }
}

/**
 * Whether there is a secret of ours, and one of the user's that covers every `s3://` path (one for a bucket wins over ours
 * anyway); undefined in a transaction that is aborted, where no statement runs.
 */
async function secretsOf(
  connection: DuckDBConnection,
): Promise<{ ours: boolean; theirs: boolean } | undefined> {
  const keyId = process.env.AWS_ACCESS_KEY_ID ?? '';
  try {
    const reader = await connection.runAndReadAll(
      `SELECT
         coalesce(bool_or(name = '${SECRET_NAME}'), false),
         coalesce(bool_or(name <> '${SECRET_NAME}' AND list_contains(scope, 's3://')), false) OR EXISTS (
           FROM duckdb_settings() WHERE name = 's3_access_key_id' AND value NOT IN ('', ${quotedString(keyId)})
         )
       FROM duckdb_secrets()
       WHERE type = 's3'`,
    );
    const [ours, theirs] = reader.getRows()[0];
    return { ours: ours === true, theirs: theirs === true };
  } catch (error) {
    if (messageOf(error).includes('TransactionContext Error')) return undefined;
    throw error;
  }
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
    const message = scrub(firstLine(error), credentials);
    throw new NearduckError('IO', `S3: DuckDB did not take the credentials: ${message}`);
  }
}
