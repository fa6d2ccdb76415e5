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
function problemOf(options: DedupOptions): string | undefined {
  const { clusters, overlap, recall, eps, rule, table, groupBy, report, resume, overwrite } = options;
  if (options.against !== undefined || options.protect !== undefined)
    return `options '--against' and '--protect' are not for plan yet: its tasks rank rows without them`;
  if (resume || overwrite)
    return `options '--resume' and '--overwrite' are not for plan: tasks that are done stay done, and a run has a folder of its own`;
  if (rule !== undefined && rule !== 'chain')
    return `plan knows '--rule chain' alone: '${rule}' needs all pairs at once`;
  if (table !== undefined)
    return `plan cuts files into tasks, and a DuckDB file is one: COPY the table to Parquet first`;
  if (groupBy !== undefined || report)
    return `options '--group-by' and '--report' are not for plan; nearduck report and sql/5_guard.sql do it afterwards`;
  if (recall === 1 && eps !== undefined) return undefined;
  if (recall === undefined && (clusters !== undefined || overlap !== undefined)) return undefined;
  return (
    `plan needs '--overlap <distance>', or '--clusters <k>' for no overlap, or '--recall 1' with '--eps': ` +
    `an overlap for another recall is chosen by comparing rows of all tasks; dedup chooses one for a part of the rows, and prints it`
  );
}
