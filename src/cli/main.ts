#!/usr/bin/env node
import { runShell } from './runShell.ts';

/** A verb is a module of its own, read only when it is called: `run` takes its arguments and returns the exit code. */
interface Verb {
  run(args: readonly string[]): Promise<number>;
}

const verbs = ['dedup', 'doctor'];
const [verb = '', ...rest] = process.argv.slice(2);

if (verbs.includes(verb)) {
  const { run } = (await import(`./${verb}.ts`)) as Verb;
  process.exitCode = await run(rest);
} else {
  process.exitCode = await runShell(process.argv.slice(2));
}
