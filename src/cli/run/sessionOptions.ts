import { tmpdir } from 'node:os';
import type { SessionOptions } from '../../session/session.ts';
import type { DedupOptions } from '../dedup/options.ts';
import { printable } from '../shell/errorText.ts';

/** How a task opens its session. */
export const sessionOptions = ({
  backend,
  s3Patience,
  httpfs,
  memoryLimit,
  threads,
}: DedupOptions): SessionOptions => ({
  backend,
  s3Patience,
  httpfs,
  memoryLimit,
  config: {
    // On the task's own machine.
    temp_directory: tmpdir(),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
  },
  onNotice: (text) => void process.stderr.write(`${printable(text)}\n`),
});
