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
  /** Whether the bucket stands in the path or in the host name; undefined: in the path with an endpoint. */
  readonly urlStyle?: 'path' | 'vhost';
}

export interface S3Endpoint {
  /** Host, port if any, and path if any, as DuckDB wants it: without the scheme. */
  readonly host: string;
  readonly useSsl: boolean;
}

/**
 * Region, endpoint and addressing style as the AWS command line finds them: AWS_REGION, AWS_DEFAULT_REGION, then the profile
 * in `~/.aws/config`; AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, then `endpoint_url` under `s3 =` in the section that the profile's
 * `services` names, then the profile's own; `addressing_style` under `s3 =` in the profile.
 * @throws NearduckError (Invalid Input Error) for an endpoint that is no http or https URL.
 */
export function awsSettings(env: Environment = process.env): AwsSettings {
  const config = readConfig(env);
  const name = env.AWS_PROFILE || 'default';
  // Only the default profile may go without the word.
  const profile = config.get(`profile ${name}`) ?? config.get(name) ?? new Map<string, string>();
  const services = config.get(`services ${profile.get('services')}`);
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || profile.get('region');
  const endpoint =
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true'
      ? undefined
      : firstEndpoint([
          ['AWS_ENDPOINT_URL_S3', env.AWS_ENDPOINT_URL_S3],
          ['AWS_ENDPOINT_URL', env.AWS_ENDPOINT_URL],
          ["endpoint_url in the AWS profile's services", services?.get('s3.endpoint_url')],
          ['endpoint_url in the AWS profile', profile.get('endpoint_url')],
        ]);
  const style = profile.get('s3.addressing_style');
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

/** The sections of the AWS config file, with nested settings as `s3.endpoint_url`; none when there is no such file. */
function readConfig(env: Environment): Map<string, Map<string, string>> {
  const path = env.AWS_CONFIG_FILE || join(env.HOME || homedir(), '.aws', 'config');
  const sections = new Map<string, Map<string, string>>();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return sections;
  }
  let section: Map<string, string> | undefined;
  let outer = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*(?:(profile|services|sso-session)\s+)?["']?([^\]"']+?)["']?\s*\]/.exec(line);
    const setting = /^(\s*)([a-z_0-9]+)\s*=\s*(.*?)\s*(?:\s[#;].*)?$/i.exec(line);
    if (header) {
      section = new Map();
      sections.set(header[1] ? `${header[1]} ${header[2]}` : header[2], section);
    } else if (section && setting) {
      const [, indent, word, value] = setting;
      const name = word.toLowerCase();
      if (indent === '') outer = name;
      section.set(indent === '' ? name : `${outer}.${name}`, value);
    }
  }
  return sections;
}
