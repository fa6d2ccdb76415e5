import { invalidInputError } from '../../errors.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The location of an S3 service. */
export interface AwsSettings {
  /** If undefined, DuckDB asks S3 for the bucket's region; with an endpoint, it is us-east-1. */
  readonly region?: string;
  /** A service other than AWS, or a custom address of AWS. */
  readonly endpoint?: S3Endpoint;
  /** Where URLs contain the bucket: in the path or in the host name. Default with an endpoint: `path`. */
  readonly urlStyle?: 'path' | 'vhost';
}

/** The address of an S3 service. */
export interface S3Endpoint {
  /** Host, optional port and optional path, without the scheme, as DuckDB expects it. */
  readonly host: string;
  readonly useSsl: boolean;
}

/**
 * Finds region, endpoint and addressing style in the same places as the AWS command line:
 * - region: AWS_REGION, AWS_DEFAULT_REGION, then the profile in `~/.aws/config` or in the file that
 *   AWS_CONFIG_FILE names;
 * - endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, then `endpoint_url` under `s3 =` in the section that the
 *   profile's `services` names, then the profile's `endpoint_url`;
 * - style: `addressing_style` under `s3 =` in the profile.
 *
 * @throws NearduckError (Invalid Input Error) for an endpoint that is not an http or https URL.
 */
export async function awsSettings(env: Environment = process.env): Promise<AwsSettings> {
  const { loadSharedConfigFiles } = await import('@smithy/core/config');
  const { configFile } = await loadSharedConfigFiles({
    configFilepath: env.AWS_CONFIG_FILE || undefined,
    ignoreCache: true,
  });
  const profile = configFile[env.AWS_PROFILE || 'default'] ?? {};
  const services = configFile[`services.${profile.services}`];
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || profile.region;
  const endpoint =
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true'
      ? undefined
      : firstEndpoint([
          ['AWS_ENDPOINT_URL_S3', env.AWS_ENDPOINT_URL_S3],
          ['AWS_ENDPOINT_URL', env.AWS_ENDPOINT_URL],
          ["endpoint_url in the AWS profile's services", services?.['s3.endpoint_url']],
          ['endpoint_url in the AWS profile', profile.endpoint_url],
        ]);
  const style = profile['s3.addressing_style'];
  return {
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
    ...(style === 'path' ? { urlStyle: 'path' } : style === 'virtual' ? { urlStyle: 'vhost' } : {}),
  };
}

function firstEndpoint(
  candidates: readonly (readonly [name: string, url: string | undefined])[],
): S3Endpoint | undefined {
  const found = candidates.find(([, url]) => url);
  return found && parseEndpoint(found[0], found[1]!);
}

function parseEndpoint(name: string, text: string): S3Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw invalidInputError(
      `S3: ${name} must be a URL such as https://s3.example.com or http://localhost:9000`,
    );
  }
  return { host: `${url.host}${url.pathname.replace(/\/+$/, '')}`, useSsl: url.protocol === 'https:' };
}
