import { Option } from 'commander';
import { command, parse, type DedupOptions } from '../dedup/options.ts';
import { wholeNumber } from '../optionValues.ts';

/** The options of `nearduck plan`. */
export interface PlanOptions extends DedupOptions {
  readonly tasks: number;
}

/** Parses the command line of `nearduck plan`. Returns the options, or an exit code, like `parseDedup`. */
export function parsePlan(args: readonly string[]): PlanOptions | number {
  const parser = command(
    'nearduck plan',
    'Cuts what dedup does into tasks, for many machines or one, and writes run.json. Options are ' +
      'those of dedup.',
  ).addOption(new Option('--tasks <n>', 'tasks per step').argParser(wholeNumber(1)).makeOptionMandatory());
  const options = parse(parser, args);
  if (typeof options === 'number') return options;
  const problem = problemOf(options);
  if (problem === undefined) return options as PlanOptions;
  process.stderr.write(`error: ${problem}\n`);
  return 1;
}

/** Returns the reason why a run cannot be split into tasks, or undefined when it can. */
function problemOf({ resume, overwrite }: DedupOptions): string | undefined {
  if (!resume && !overwrite) return undefined;
  return (
    `options '--resume' and '--overwrite' are not for plan: tasks that are done stay done, and a run ` +
    'has a folder of its own'
  );
}
