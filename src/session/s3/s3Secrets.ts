import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { NearduckError, firstLine, messageOf } from '../../errors.ts';
import { firstRow } from '../../queryValues.ts';
import { awsSettings, type AwsSettings } from './awsSettings.ts';
import { awsCredentials, type CredentialProvider, type S3Credentials } from './credentials.ts';
import type { S3Access } from './requests.ts';

/** Credentials are replaced this many milliseconds before they expire (5 minutes). */
const RENEWAL_MARGIN_MS = 5 * 60_000;

/** Where credentials come from. */
export interface S3SecretsOptions {
  /** Region and endpoint. Default: from the environment and the AWS profile. */
  readonly settings?: AwsSettings;
  /** Default: the AWS SDK's chain. */
  readonly provider?: CredentialProvider;
  /** Receives messages for the user. */
  readonly onNotice?: (text: string) => void;
  /** Returns milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** Maintains an S3 secret that is valid for five more minutes, or as long as its source allows. */
export class S3Secrets {
  readonly #options: S3SecretsOptions;
  #settings: AwsSettings | undefined;
  #provider: CredentialProvider | undefined;
  /** The contents of the secret. They are kept in order to remove them from messages. */
  #access: S3Access | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(options: S3SecretsOptions = {}) {
    this.#options = options;
  }

  /**
   * Creates or refreshes the secret. Call it before each statement that may use `s3://`; while the secret is
   * valid, this is one query of DuckDB's secrets. A secret that the user created for all of `s3://`, and the
   * setting `s3_access_key_id`, take precedence. DuckDB's secrets are transactional: ROLLBACK removes a
   * secret created in the transaction, and a transaction does not see a secret that another connection
   * creates meanwhile.
   * @throws NearduckError (IO Error) when the credentials cannot be found, or (Invalid Input Error) for an
   * endpoint that is not a URL.
   */
  async ensure(connection: DuckDBConnection): Promise<void> {
    this.#refreshing ??= this.#refresh(connection).finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  /** The keys that sign requests. Undefined while the user's own secret is used. */
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
    if (ours && this.#isGood(RENEWAL_MARGIN_MS)) return;
    const settings = (this.#settings ??= this.#options.settings ?? (await awsSettings()));
    let credentials: S3Credentials | undefined;
    try {
      this.#provider ??= this.#options.provider ?? awsCredentials(settings.region);
      credentials = await this.#provider();
    } catch (error) {
      // The current credentials are still valid, and their source may work again at the next statement.
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
 * Returns whether nearduck's secret exists, and whether the user has a secret for all `s3://` paths. (A
 * secret for one bucket takes precedence over nearduck's in any case.) Returns undefined in an aborted
 * transaction, where no statement runs.
 */
async function secretsOf(
  connection: DuckDBConnection,
): Promise<{ ours: boolean; theirs: boolean } | undefined> {
  const keyId = process.env.AWS_ACCESS_KEY_ID ?? '';
  try {
    const [ours, theirs] = await firstRow(
      connection,
      `SELECT
         coalesce(bool_or(name = '${SECRET_NAME}'), false),
         coalesce(bool_or(name <> '${SECRET_NAME}' AND list_contains(scope, 's3://')), false) OR EXISTS (
           FROM duckdb_settings() WHERE name = 's3_access_key_id' AND value NOT IN ('', ${quotedString(keyId)})
         )
       FROM duckdb_secrets()
       WHERE type = 's3'`,
    );
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
    // Below the first line, DuckDB repeats the statement, which may contain parts of a key. So the error has
    // one line and no cause.
    const message = scrub(firstLine(error), credentials);
    throw new NearduckError('IO', `S3: DuckDB did not accept the credentials: ${message}`);
  }
}

/** Shorter strings are not replaced: they may be ordinary words, and every part of a key is longer. */
const MIN_LENGTH = 4;

/** Replaces every occurrence of the credentials in `text`, raw or quoted for SQL or a URL. */
export function scrub(text: string, credentials: S3Credentials | undefined): string {
  if (!credentials) return text;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const traces = [sessionToken, secretAccessKey, accessKeyId]
    .filter((trace) => trace !== undefined && trace.length >= MIN_LENGTH)
    .flatMap((trace) => [trace!, trace!.replaceAll("'", "''"), encodeURIComponent(trace!)]);
  return traces.reduce((scrubbed, trace) => scrubbed.replaceAll(trace, '[redacted]'), text);
}

/** The name of nearduck's secret. Other secrets of the session are not changed. */
export const SECRET_NAME = 'nearduck_s3';

/** The region for services other than AWS. Requests cannot be signed without a region. */
const ENDPOINT_REGION = 'us-east-1';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Returns the statement that gives DuckDB credentials for `s3://`. The secret is stored in memory, never on
 * disk. Without credentials, requests are not signed, as public buckets require.
 */
export function secretStatement(
  credentials: S3Credentials | undefined,
  { region, endpoint, urlStyle }: AwsSettings,
): string {
  const signedRegion = region ?? (endpoint && ENDPOINT_REGION);
  const options: (string | undefined)[] = [
    'TYPE s3',
    'PROVIDER config',
    credentials && `KEY_ID ${quote(credentials.accessKeyId)}`,
    credentials && `SECRET ${quote(credentials.secretAccessKey)}`,
    credentials?.sessionToken && `SESSION_TOKEN ${quote(credentials.sessionToken)}`,
    signedRegion && `REGION ${quote(signedRegion)}`,
    endpoint && `ENDPOINT ${quote(endpoint.host)}`,
    // Services other than AWS rarely have a host name per bucket.
    (urlStyle ?? endpoint) && `URL_STYLE '${urlStyle ?? 'path'}'`,
    endpoint && `USE_SSL ${endpoint.useSsl}`,
  ];
  return `CREATE OR REPLACE TEMPORARY SECRET ${SECRET_NAME} (${options.filter(Boolean).join(', ')})`;
}
