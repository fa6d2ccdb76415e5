import { resolve } from 'node:path';
import { messageOf } from '../../errors.ts';
import { isRemote } from '../../paths.ts';
import { RunFolder } from '../../run/runFolder.ts';
import { Session, type SessionOptions } from '../../session/session.ts';
import { DROP_LIMIT_EXCEEDED, DropLimitExceeded } from '../dedup/guard.ts';
import { asOptions, type DedupOptions } from '../dedup/options.ts';
import { errorText } from '../shell/errorText.ts';

/** Exit codes that workload managers distinguish. */
export const [DONE, FAILED, TRY_AGAIN] = [0, 1, 75] as const;

/** An error that may not occur in a later attempt: exit code 75. */
export class TryAgain extends Error {}

/** Runs the body of a verb and returns its exit code; errors are printed. */
export async function runVerb(verb: string, body: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(await body());
    return DONE;
  } catch (error) {
    if (error instanceof DropLimitExceeded) process.stdout.write(error.table);
    const again = error instanceof TryAgain || isTemporary(error);
    const text = error instanceof TryAgain ? error.message : asOptions(errorText(error, verb));
    process.stderr.write(`${text}\n`);
    if (error instanceof DropLimitExceeded) return DROP_LIMIT_EXCEEDED;
    return again ? TRY_AGAIN : FAILED;
  }
}

/** Returns true for temporary failures of servers and networks. */
const isTemporary = (error: unknown): boolean =>
  /\berror for HTTP [A-Z]+ to |\bHTTP (?:429|5\d\d)\b|could not establish connection/i.test(messageOf(error));

/** Opens a session, and the folder of a run with it. */
export async function withFolder<T>(
  path: string,
  options: SessionOptions,
  body: (folder: RunFolder, session: Session) => Promise<T>,
): Promise<T> {
  await using session = await Session.open(options);
  return await body(new RunFolder(session.connection, isRemote(path) ? path : resolve(path)), session);
}

/**
 * Opens the folder of a run for tasks that need no DuckDB. A session is opened only when the folder is
 * remote.
 */
export const withFolderAlone = <T>(path: string, body: (folder: RunFolder) => Promise<T>): Promise<T> =>
  isRemote(path) ? withFolder(path, {}, body) : body(new RunFolder(undefined, resolve(path)));

/** The options of the session of a run or a task. `temporary`: a folder on the same machine. */
export const sessionOptions = (
  { backend, s3Patience, httpfs, memoryLimit, threads }: DedupOptions,
  temporary: string,
  onNotice: (text: string) => void,
): SessionOptions => ({
  backend,
  s3Patience,
  httpfs,
  memoryLimit,
  config: {
    temp_directory: temporary,
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
  },
  onNotice,
});
