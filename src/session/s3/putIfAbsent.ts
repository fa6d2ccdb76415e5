import { setTimeout as sleep } from 'node:timers/promises';
import { send, type S3Access } from './requests.ts';

/** Number of tries while another writer writes the same object, and the milliseconds between two tries. */
const [TRIES, RETRY_WAIT_MS] = [20, 200];
const [CONFLICT, ALREADY_EXISTS] = [409, 412];

/**
 * Writes an object only if it does not exist, with a conditional PUT, which DuckDB does not have. One of
 * several concurrent writers succeeds. Returns true when it has written, false when the object exists, and
 * undefined when the store has no conditional PUT, refuses the request, or cannot be reached.
 */
export async function putIfAbsent(
  access: S3Access,
  path: string,
  text: string,
): Promise<boolean | undefined> {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/i.exec(path)!;
  const headers = { 'if-none-match': '*' };
  for (let tries = 0; tries < TRIES; tries++) {
    const status = await send(access, { method: 'PUT', bucket, key, body: text, headers }).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status === CONFLICT) await sleep(RETRY_WAIT_MS);
    else if (status === ALREADY_EXISTS) return false;
    else return status !== undefined && status < 300 ? true : undefined;
  }
  return undefined;
}
