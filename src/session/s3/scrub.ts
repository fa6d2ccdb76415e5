import type { S3Credentials } from './credentials.ts';

/** Shorter than any part of a key; a shorter string would blot out ordinary words. */
const MIN_LENGTH = 4;

/** `text` with every trace of the credentials, raw or quoted for SQL or a URL, replaced. */
export function scrub(text: string, credentials: S3Credentials | undefined): string {
  if (!credentials) return text;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const traces = [sessionToken, secretAccessKey, accessKeyId]
    .filter((trace) => trace !== undefined && trace.length >= MIN_LENGTH)
    .flatMap((trace) => [trace!, trace!.replaceAll("'", "''"), encodeURIComponent(trace!)]);
  return traces.reduce((scrubbed, trace) => scrubbed.replaceAll(trace, '[redacted]'), text);
}
