import { ioError } from '../../errors.ts';

/** What signs a request. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they stop working; absent for keys that last. */
  readonly expiration?: Date;
}

/** Finds credentials; undefined when there are none, as for public buckets. */
export type CredentialProvider = () => Promise<S3Credentials | undefined>;

/**
 * The AWS SDK's chain for Node: environment, profiles, SSO, web identity, containers, instance metadata. The SDK is
 * loaded at the first call.
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

/** What the SDK says when no link of its chain applies; other errors mean that one did, and failed. */
const NONE_FOUND = 'Could not load credentials from any providers';

const cannotGet = (reason: string): Error => ioError(`S3: cannot get AWS credentials: ${reason}`);

/** What the `credential_process` of the profile says: the chain passes over one that fails. Undefined when there is none. */
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

/** A profile that was asked for by name must not be passed over in silence. */
function noCredentials(profile: string | undefined): undefined {
  if (profile) throw ioError(`S3: the profile "${profile}" that AWS_PROFILE names gives no credentials`);
  return undefined;
}

async function loadChain(region: string | undefined): Promise<() => Promise<S3Credentials>> {
  // It tells of releases to come of the SDK, and nearduck is bound to one.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  return fromNodeProviderChain(region ? { clientConfig: { region } } : {});
}
