import { Command, CommanderError, Option } from 'commander';
import { RULES, type Rule } from '../../dedup/groups/groups.ts';
import { BACKENDS, type BackendChoice } from '../../kernels/kernels.ts';
import { isRemote } from '../../paths.ts';
import { columns, distance, filled, path, share, wholeNumber } from '../optionValues.ts';

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
  /** Which duplicates are dropped; default chain. */
  readonly rule?: Rule;
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
  /** Also write the page that `nearduck report` makes. */
  readonly report: boolean;
  /** Columns of the metadata to show on it. */
  readonly show?: readonly string[];
  readonly overwrite: boolean;
}

function command(): Command {
  return new Command('nearduck dedup')
    .description(
      'Finds near-duplicates among embeddings and writes the ids to drop, with every score on the way.',
    )
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
      new Option(
        '--rule <rule>',
        'drop a row when any row ranked before it is within eps (chain, the default), only when a kept one is (covered), or all but the first of a connected component',
      ).choices(RULES),
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
    .option('--report', 'write report.html too: one page to choose eps by and to look at pairs', false)
    .option('--show <cols>', 'with --report: columns of the metadata to show, such as title,path', columns)
    .option('--overwrite', 'replace an existing output folder', false)
    .exitOverride();
}

/** What the command line asks for, or the exit code when it only asked for help or is wrong (the message is printed). */
export function parseDedup(args: readonly string[]): DedupOptions | number {
  const parser = command();
  try {
    parser.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  const options = {
    input: parser.processedArgs[0] as string,
    ...parser.opts<Omit<DedupOptions, 'input'>>(),
  };
  const wrong = combinationError(options);
  if (wrong === undefined) return options;
  process.stderr.write(`error: ${wrong}\n`);
  return 1;
}

/** What is wrong with options that are right each by itself. */
function combinationError(options: DedupOptions): string | undefined {
  const { overlap, memberships, rule, eps, report, show, output } = options;
  if (memberships !== undefined && overlap === undefined)
    return `option '--memberships <m>' needs '--overlap <distance>'`;
  if (rule !== undefined && eps === undefined) return `option '--rule <rule>' needs '--eps <x>'`;
  if (show !== undefined && !report) return `option '--show <cols>' needs '--report'`;
  if (report && isRemote(output))
    return `option '--report' needs a local '--output'; nearduck report '${output}' --to report.html writes the page afterwards`;
  return undefined;
}

/** An error of a table function with the options of this command in place of SQL parameters. */
export const asOptions = (text: string): string =>
  text.replace(/\b(on_invalid|backend|id|embedding) := '([^']*)'/g, (_, name: string, value: string) => {
    const option = `--${name.replace('_', '-')}`;
    return value === '…' ? option : `${option} ${value}`;
  });
