#!/usr/bin/env node
import { isVerb, runNearduck } from './nearduck.ts';

const args = process.argv.slice(2);
if (isVerb(args[0])) {
  // The output is only a summary: the files exist even if nobody reads it.
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.stderr.write(`IO Error: cannot print the summary: ${message}\n`);
  });
}

// Not awaited: modules that import from the same bundle would wait for it.
void runNearduck(args).then((code) => (process.exitCode = code));
