import type { AwsSettings } from './awsSettings.ts';
import type { S3Credentials } from './credentials.ts';

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
