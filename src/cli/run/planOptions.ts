import { Option } from 'commander';
import { command, parse, type DedupOptions } from '../dedup/options.ts';
import { wholeNumber } from '../optionValues.ts';

/** A parsed `nearduck plan`. */
export interface PlanOptions extends DedupOptions {
  readonly tasks: number;
}

/** What the command line of `nearduck plan` asks for, or the exit code, as `parseDedup`. */
export function parsePlan(args: readonly string[]): PlanOptions | number {
  const parser = command(
    'nearduck plan',
    'Cuts what dedup does into tasks, for many machines or one, and writes run.json. Options are those of dedup.',
  ).addOption(new Option('--tasks <n>', 'tasks per step').argParser(wholeNumber(1)).makeOptionMandatory());
  const options = parse(parser, args);
  if (typeof options === 'number') return options;
  const problem = problemOf(options);
  if (problem === undefined) return options as PlanOptions;
  process.stderr.write(`error: ${problem}\n`);
  return 1;
}

/** Why a run cannot be cut into tasks; undefined where it can. */
function problemOf({ resume, overwrite }: DedupOptions): string | undefined {
  if (!resume && !overwrite) return undefined;
  return `options '--resume' and '--overwrite' are not for plan: tasks that are done stay done, and a run has a folder of its own`;
}
