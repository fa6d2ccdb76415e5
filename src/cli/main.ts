#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { didYouMean } from './suggestions.ts';

/** A module that is loaded when its verb is called. `run` returns the exit code. */
interface Verb {
  run(args: readonly string[]): Promise<number>;
}

const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  dedup: () => import('./dedup.ts'),
  plan: () => import('./plan.ts'),
  task: () => import('./task.ts'),
  status: () => import('./status.ts'),
  submit: () => import('./submit.ts'),
  doctor: () => import('./doctor.ts'),
  report: () => import('./report.ts'),
};

/** Without a current folder, worker threads would end the process with a stack trace. */
function hasCurrentFolder(): boolean {
  try {
    return process.cwd() !== '';
  } catch {
    return false;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const [verb = '', ...rest] = args;
  if (!hasCurrentFolder()) {
    process.stderr.write('IO Error: the current folder does not exist any more; change to another one\n');
    return 1;
  }
  if (Object.hasOwn(verbs, verb)) {
    // The output is only a summary: the files exist even if nobody reads it.
    process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') process.stderr.write(`IO Error: cannot print the summary: ${message}\n`);
    });
    return (await verbs[verb]()).run(rest);
  }
  const suggestion = /^[dprst]\w+$/.test(verb) ? didYouMean(verb, Object.keys(verbs)) : '';
  if (suggestion && !existsSync(verb)) {
    process.stderr.write(
      `Error: no command and no database "${verb}". ${suggestion}; "./${verb}" makes a database of that ` +
        `name\n`,
    );
    return 1;
  }
  const { runShell } = await import('./runShell.ts');
  return runShell(args);
}

// Not awaited: modules that import from the same bundle would wait for it.
void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
