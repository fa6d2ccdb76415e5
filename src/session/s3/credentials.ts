import { ioError } from '../../errors.ts';

/** The keys that sign a request. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The time at which the credentials expire. Undefined for permanent keys. */
  readonly expiration?: Date;
}

/** Finds credentials. Returns undefined when there are none, for example to read public buckets. */
export type CredentialProvider = () => Promise<S3Credentials | undefined>;

/**
 * The AWS SDK's credential chain for Node: environment, profiles, SSO, web identity, containers, instance
 * metadata. The SDK is loaded at the first call.
 */
export function awsCredentials(region: string | undefined): CredentialProvider {
  let chain: (() => Promise<S3Credentials>) | undefined;
  return async () => {
    try {
      chain ??= await loadChain(region);
      return await chain();
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith(NONE_FOUND))
        return (await fromProcessAlone()) ?? noCredentials(process.env.AWS_PROFILE);
      throw cannotGet(message);
    }
  };
}

/** The SDK's message when no provider applies. Otherwise a provider applied and failed. */
const NONE_FOUND = 'Could not load credentials from any providers';

const cannotGet = (reason: string): Error => ioError(`S3: cannot get AWS credentials: ${reason}`);

/** Asks the profile's `credential_process`, if there is one: the chain skips one that fails. */
async function fromProcessAlone(): Promise<S3Credentials | undefined> {
  const { fromProcess } = await import('@aws-sdk/credential-providers');
  try {
    return await fromProcess()();
  } catch (error) {
    const { message } = error as Error;
    if (/did not contain credential_process|could not be found/.test(message)) return undefined;
    throw cannotGet(message.trim());
  }
}

/** A profile that AWS_PROFILE names must not be skipped silently. */
function noCredentials(profile: string | undefined): undefined {
  if (profile) throw ioError(`S3: the profile "${profile}" that AWS_PROFILE names provides no credentials`);
  return undefined;
}

async function loadChain(region: string | undefined): Promise<() => Promise<S3Credentials>> {
  // The warning is about future releases of the SDK, but nearduck depends on one release.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  return fromNodeProviderChain(region ? { clientConfig: { region } } : {});
}
