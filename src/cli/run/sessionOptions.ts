import type { SessionOptions } from '../../session/session.ts';
import type { DedupOptions } from '../dedup/options.ts';

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
