import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { BACKENDS, type BackendChoice } from '../../kernels/kernels.ts';

/** A parsed `nearduck dedup`. */
export interface DedupOptions {
  readonly input: string;
  readonly output: string;
  readonly clusters?: number;
  /** Distance from a border up to which rows are compared on both sides. */
  readonly overlap?: number;
  /** Clusters per row at most; 0: no limit. */
  readonly memberships?: number;
  /** Share of all duplicates to find. */
  readonly recall?: number;
  /** Undefined: stop after pairwise, for inspection. */
  readonly eps?: number;
  readonly keep: 'hard' | 'easy' | 'random';
  readonly rankBy?: string;
  readonly id: string;
  readonly embedding: string;
  readonly metadata?: string;
  readonly backend?: BackendChoice;
  readonly seed: number;
  readonly memoryLimit?: string;
  readonly threads?: number;
  readonly onInvalid: 'error' | 'skip';
  readonly withEmbeddings: boolean;
  readonly overwrite: boolean;
  /** Go on with an unfinished run in the output folder. */
  readonly resume: boolean;
}

export const wholeNumber =
  (min: number) =>
  (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`must be an integer of at least ${min}.`);
    return value;
  };

const share =
  (name: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError(`${name} must be a number in [0, 1].`);
    return value;
  };

function distance(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && value < Infinity)) throw new InvalidArgumentError('must be a number of at least 0.');
  return value;
}

function filled(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty.');
  return text;
}

/** A path; `file:///…` is the local file it names. */
function path(text: string): string {
  if (!/^file:\/\//i.test(filled(text))) return text;
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      `must be a path or a file URL such as file:///data: ${(cause as Error).message}.`,
    );
  }
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<input>', 'Parquet, JSON Lines or Arrow files: a file, a glob, a folder, or s3://…', path)
    .option('--output <dir>', 'folder to write, all or nothing', path, 'nearduck_output')
    .option(
      '--clusters <k>',
      'k-means clusters, without overlap unless asked for (default: one for each 1,000 rows, one for up to 8,000)',
      wholeNumber(1),
    )
    .option(
      '--overlap <distance>',
      'compare rows so near to a border of their cluster on both sides of it',
      distance,
    )
    .option(
      '--memberships <m>',
      'with --overlap: clusters per row at most (default: 4; 0: no limit)',
      wholeNumber(0),
    )
    .addOption(
      new Option(
        '--recall <r>',
        'choose the overlap so that this share of all duplicates is found; 1 misses none (default: 0.99, without --clusters and --overlap)',
      )
        .argParser(share('recall'))
        .conflicts(['overlap', 'memberships']),
    )
    .option(
      '--eps <x>',
      'drop rows with cosine similarity >= 1 - x; without it, stop for inspection',
      share('eps'),
    )
    .addOption(
      new Option('--keep <which>', 'the row of a group to keep: far from its centroid, near, or any')
        .choices(['hard', 'easy', 'random'])
        .default('hard'),
    )
    .option(
      '--rank-by <expr>',
      "keep the first row by an SQL ordering, such as 'quality_score DESC'; overrides --keep",
      filled,
    )
    .option('--id <col>', 'id column', filled, 'id')
    .option('--embedding <col>', 'embedding column', filled, 'embedding')
    .option('--metadata <relation>', 'a file to export without the duplicates, and to rank by', path)
    .addOption(new Option('--backend <name>', 'where to compute').choices(BACKENDS))
    .option('--seed <n>', 'seed of every random choice', wholeNumber(0), 42)
    .option('--memory-limit <size>', "memory to use, such as 4GB (default: DuckDB's, 80 % of the machine)")
    .option('--threads <n>', 'threads to use (default: one a core)', wholeNumber(1))
    .addOption(
      new Option('--on-invalid <what>', 'invalid embeddings: stop, or leave them out')
        .choices(['error', 'skip'])
        .default('error'),
    )
    .option(
      '--with-embeddings',
      "write kmeans_results in NeMo Curator's layout, with embeddings and metadata",
      false,
    )
    .option('--overwrite', 'replace an existing output folder', false)
    .option('--resume', 'go on where a killed run with the same options stopped', false)
    .exitOverride();
}

/** What the command line asks for, or the exit code when it only asked for help or is wrong (the message is printed). */
export function parseDedup(args: readonly string[]): DedupOptions | number {
  return parse(
    command(
      'nearduck dedup',
      'Finds near-duplicates among embeddings and writes the ids to drop, with every score on the way.',
    ),
    args,
  );
}

/** A parsed `nearduck plan`. */
export interface PlanOptions extends DedupOptions {
  readonly tasks: number;
}

/** As `parseDedup`, for `nearduck plan`. */
export function parsePlan(args: readonly string[]): PlanOptions | number {
  const parser = command(
    'nearduck plan',
    'Cuts what dedup does into tasks, for many machines or one, and writes run.json. Options are those of dedup.',
  ).addOption(new Option('--tasks <n>', 'tasks per step').argParser(wholeNumber(1)).makeOptionMandatory());
  const options = parse(parser, args);
  if (typeof options === 'number') return options;
  const problem = planProblem(options);
  if (problem === undefined) return options as PlanOptions;
  process.stderr.write(`error: ${problem}\n`);
  return 1;
}

/** Why a run cannot be cut into tasks; undefined where it can. */
function planProblem({
  clusters,
  overlap,
  recall,
  eps,
  resume,
  overwrite,
}: DedupOptions): string | undefined {
  if (resume || overwrite)
    return `options '--resume' and '--overwrite' are not for plan: tasks that are done stay done, and a run has a folder of its own`;
  if (recall === 1 && eps !== undefined) return undefined;
  if (recall === undefined && (clusters !== undefined || overlap !== undefined)) return undefined;
  return (
    `plan needs '--overlap <distance>', or '--clusters <k>' for no overlap, or '--recall 1' with '--eps': ` +
    `an overlap for another recall is chosen by comparing rows of all tasks; dedup chooses one for a part of the rows, and prints it`
  );
}

function parse(parser: Command, args: readonly string[]): DedupOptions | number {
  try {
    parser.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  const { overlap, memberships } = parser.opts<Omit<DedupOptions, 'input'>>();
  if (memberships !== undefined && overlap === undefined) {
    process.stderr.write(`error: option '--memberships <m>' needs '--overlap <distance>'\n`);
    return 1;
  }
  return { input: parser.processedArgs[0] as string, ...parser.opts<Omit<DedupOptions, 'input'>>() };
}

/** An error of a table function with the options of this command in place of SQL parameters. */
export const asOptions = (text: string): string =>
  text.replace(/\b(on_invalid|backend|id|embedding) := '([^']*)'/g, (_, name: string, value: string) => {
    const option = `--${name.replace('_', '-')}`;
    return value === '…' ? option : `${option} ${value}`;
  });
