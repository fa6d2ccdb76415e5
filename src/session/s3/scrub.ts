import type { S3Credentials } from './credentials.ts';

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
