import { tmpdir } from 'node:os';
import { isS3Path } from '../../session/s3/s3Path.ts';
import type { SessionOptions } from '../../session/session.ts';
import type { DedupOptions } from '../dedup/options.ts';
import { printable } from '../shell/errorText.ts';

/** How a task opens its session. */
export const sessionOptions = ({
  backend,
  input,
  metadata,
  memoryLimit,
  threads,
}: DedupOptions): SessionOptions => ({
  backend,
  s3: [input, metadata ?? ''].some(isS3Path),
  memoryLimit,
  config: {
    // On the task's own machine.
    temp_directory: tmpdir(),
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
  },
  onNotice: (text) => void process.stderr.write(`${printable(text)}\n`),
});
