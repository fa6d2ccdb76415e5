import type { AwsSettings } from './awsSettings.ts';
import type { S3Credentials } from './credentials.ts';

/** The secret nearduck makes; other secrets of the session are left alone. */
export const SECRET_NAME = 'nearduck_s3';

/** What services other than AWS are addressed with; without a region their requests would be signed for none. */
const ENDPOINT_REGION = 'us-east-1';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The statement that gives DuckDB credentials for `s3://`: in memory, never on disk. Without credentials requests are not
 * signed, which is what public buckets want.
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
    // Services other than AWS rarely have a host name for each bucket.
    (urlStyle ?? endpoint) && `URL_STYLE '${urlStyle ?? 'path'}'`,
    endpoint && `USE_SSL ${endpoint.useSsl}`,
  ];
  return `CREATE OR REPLACE TEMPORARY SECRET ${SECRET_NAME} (${options.filter(Boolean).join(', ')})`;
}
