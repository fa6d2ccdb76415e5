#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { runShell } from './runShell.ts';
import { didYouMean } from './suggestions.ts';

/** A verb is a module of its own, read only when it is called: `run` takes its arguments and returns the exit code. */
interface Verb {
  run(args: readonly string[]): Promise<number>;
}

const verbs = ['dedup', 'plan', 'task', 'status', 'submit', 'doctor', 'report'];
const [verb = '', ...rest] = process.argv.slice(2);
const suggestion = /^[dprst]\w+$/.test(verb) ? didYouMean(verb, verbs) : '';

/** Threads begin in the current folder: one that was removed would end the process with a stack trace. */
function hasCurrentFolder(): boolean {
  try {
    return process.cwd() !== '';
  } catch {
    return false;
  }
}

if (!hasCurrentFolder()) {
  process.stderr.write('IO Error: the current folder does not exist any more; change to another one\n');
  process.exitCode = 1;
} else if (verbs.includes(verb)) {
  // What is printed at the end is a report: the files are there whether or not somebody reads it.
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.stderr.write(`IO Error: cannot print the summary: ${message}\n`);
  });
  const { run } = (await import(`./${verb}.ts`)) as Verb;
  process.exitCode = await run(rest);
} else if (suggestion && !existsSync(verb)) {
  process.stderr.write(
    `Error: no command and no database "${verb}". ${suggestion}; "./${verb}" makes a database of that name\n`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = await runShell(process.argv.slice(2));
}
