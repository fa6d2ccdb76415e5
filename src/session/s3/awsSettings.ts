import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { invalidInputError } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where S3 is. */
export interface AwsSettings {
  /** Undefined leaves it to DuckDB, which learns a bucket's region from S3; us-east-1 with an endpoint. */
  readonly region?: string;
  /** A service other than AWS, or an address of its own. */
  readonly endpoint?: S3Endpoint;
}

export interface S3Endpoint {
  /** Host, port if any, and path if any, as DuckDB wants it: without the scheme. */
  readonly host: string;
  readonly useSsl: boolean;
}

/**
 * Region and endpoint as the AWS command line finds them: AWS_REGION, AWS_DEFAULT_REGION, then the profile in
 * `~/.aws/config`; AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, then the profile's endpoint_url.
 * @throws NearduckError (Invalid Input Error) for an endpoint that is no http or https URL.
 */
export function awsSettings(env: Environment = process.env): AwsSettings {
  const profile = readProfile(env);
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || profile.get('region');
  const endpoint =
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true'
      ? undefined
      : firstEndpoint([
          ['AWS_ENDPOINT_URL_S3', env.AWS_ENDPOINT_URL_S3],
          ['AWS_ENDPOINT_URL', env.AWS_ENDPOINT_URL],
          ['endpoint_url in the AWS profile', profile.get('endpoint_url')],
        ]);
  return { ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}) };
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

/** Settings of the profile AWS_PROFILE names, or `default`, in the AWS config file; none when there is no such file. */
function readProfile(env: Environment): Map<string, string> {
  const name = env.AWS_PROFILE || 'default';
  const path = env.AWS_CONFIG_FILE || join(env.HOME || homedir(), '.aws', 'config');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return new Map();
  }
  const settings = new Map<string, string>();
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line);
    // Indented lines belong to a nested setting, such as `s3 =`.
    const setting = /^([a-z_0-9]+)\s*=\s*(.*?)\s*(?:\s[#;].*)?$/i.exec(line);
    if (section) inside = section[1] === name;
    else if (inside && setting) settings.set(setting[1].toLowerCase(), setting[2]);
  }
  return settings;
}
