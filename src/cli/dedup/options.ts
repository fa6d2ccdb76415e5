import { Command, CommanderError, Option } from 'commander';
import { RULES, type Rule } from '../../dedup/groups/groups.ts';
import { expandedGlob, expandedGlobText } from './expandedGlob.ts';
import { DEFAULT_PATIENCE } from '../../session/s3/patience.ts';
import { BACKENDS, type BackendChoice } from '../../kernels/kernels.ts';
import { isRemote } from '../../paths.ts';
import { columns, distance, filled, MOST_THREADS, path, paths, share, wholeNumber } from '../optionValues.ts';

/** A parsed `nearduck dedup`. */
export interface DedupOptions {
  /** Paths, globs, folders or URLs, one or more. */
  readonly input: readonly string[];
  /** The table of a DuckDB file. */
  readonly table?: string;
  /** The array of `.npz` files. */
  readonly array?: string;
  readonly output: string;
  readonly clusters?: number;
  /** Distance from a border up to which rows are compared on both sides. */
  readonly overlap?: number;
  /** Clusters per row at most; 0: no limit. */
  readonly memberships?: number;
  /** Share of all duplicates to find. */
  readonly recall?: number;
  /** Undefined, as `dropShare` and `keepRows` are: stop after pairwise, for inspection. */
  readonly eps?: number;
  /** In place of `eps`: share of the rows to drop at most. */
  readonly dropShare?: number;
  /** In place of `eps`: rows to leave at least. */
  readonly keepRows?: number;
  /** Column of the metadata or the input whose values are groups. */
  readonly groupBy?: string;
  /** Share of its rows that a group may lose. */
  readonly maxDrop?: number;
  /** Which duplicates are dropped; default chain. */
  readonly rule?: Rule;
  readonly keep: 'hard' | 'easy' | 'random';
  readonly rankBy?: string;
  /** A condition for rows that are never dropped. */
  readonly protect?: string;
  /** Earlier rows: an input, or a statement. */
  readonly against?: string;
  readonly id: string;
  readonly embedding: string;
  readonly metadata?: string;
  readonly backend?: BackendChoice;
  readonly seed: number;
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Seconds that a request to S3 that fails is tried again. */
  readonly s3Patience?: number;
  /** A file or mirror that DuckDB's httpfs comes from. */
  readonly httpfs?: string;
  readonly onInvalid: 'error' | 'skip';
  readonly withEmbeddings: boolean;
  /** Files for another reader, beside the others. */
  readonly layout?: 'cosmos-curate';
  /** Also write the page that `nearduck report` makes. */
  readonly report: boolean;
  /** Columns of the metadata to show on it. */
  readonly show?: readonly string[];
  readonly overwrite: boolean;
}

/** True when the run goes on to drop rows. */
export const dropsRows = ({ eps, dropShare, keepRows }: DedupOptions): boolean =>
  (eps ?? dropShare ?? keepRows) !== undefined;

function command(): Command {
  return new Command('nearduck dedup')
    .description(
      'Finds near-duplicates among embeddings and writes the ids to drop, with every score on the way.',
    )
    .argument(
      '<input...>',
      'Parquet, JSON Lines, Arrow or NumPy: files, globs, folders or s3://…; or a DuckDB file with --table',
      paths,
    )
    .option('--table <name>', 'the table or view of a DuckDB file', filled)
    .option('--array <name>', 'the array of .npz files with several', filled)
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
      new Option('--drop-share <share>', 'in place of --eps: drop at most this share of the rows')
        .argParser(share('drop-share'))
        .conflicts(['eps', 'keepRows']),
    )
    .addOption(
      new Option('--keep-rows <n>', 'in place of --eps: leave at least so many rows')
        .argParser(wholeNumber(0))
        .conflicts('eps'),
    )
    .option(
      '--group-by <col>',
      'column of the metadata, or of the input: show the share dropped for each of its values',
      filled,
    )
    .option(
      '--max-drop <share>',
      'with --group-by: write nothing and end with exit code 3 if a group loses more than this share',
      share('max-drop'),
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
    .option(
      '--protect <condition>',
      `never drop rows that meet an SQL condition, such as "source = 'own'"; they rank first`,
      filled,
    )
    .option(
      '--against <relation>',
      'also drop rows that are near to earlier ones: files as INPUT, or a SELECT, with the same columns',
      path,
    )
    .option('--id <col>', 'id column', filled, 'id')
    .option('--embedding <col>', 'embedding column', filled, 'embedding')
    .option('--metadata <relation>', 'a file to export without the duplicates, and to rank by', path)
    .addOption(new Option('--backend <name>', 'where to compute').choices(BACKENDS))
    .option('--seed <n>', 'seed of every random choice', wholeNumber(0), 42)
    .option('--memory-limit <size>', "memory to use, such as 4GB (default: DuckDB's, 80 % of the machine)")
    .option('--threads <n>', 'threads to use (default: one a core)', wholeNumber(1, MOST_THREADS))
    .option(
      '--s3-patience <seconds>',
      `try requests to S3 that fail again for so long (default: ${DEFAULT_PATIENCE}; 0: DuckDB's own half a second)`,
      wholeNumber(0),
    )
    .option(
      '--httpfs <where>',
      "an httpfs.duckdb_extension file, or a mirror to install it from (default: NEARDUCK_HTTPFS, then DuckDB's host)",
      path,
    )
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
    .addOption(
      new Option('--layout <name>', 'with --eps: also write extraction/, as cosmos-curate reads it').choices([
        'cosmos-curate',
      ]),
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
  const input = parser.processedArgs[0] as string[];
  // Those that were not given too, for the record of the run.
  const names = parser.options.map((option) => [option.attributeName(), undefined]);
  const options = { input, ...Object.fromEntries(names), ...parser.opts<Omit<DedupOptions, 'input'>>() };
  const wrong = combinationError(options);
  const expanded = expandedGlob(args, input);
  if (expanded)
    process.stderr.write(`${expanded.isCertain ? 'error' : 'dedup'}: ${expandedGlobText(expanded)}\n`);
  if (wrong !== undefined) process.stderr.write(`error: ${wrong}\n`);
  return wrong !== undefined || expanded?.isCertain ? 1 : options;
}

/** What is wrong with options that are right each by itself. */
function combinationError(options: DedupOptions): string | undefined {
  const { memberships, overlap, rule, eps, groupBy, maxDrop, layout, report, show, output } = options;
  if (memberships !== undefined && overlap === undefined)
    return `option '--memberships <m>' needs '--overlap <distance>'`;
  if (rule !== undefined && eps === undefined) return `option '--rule <rule>' needs '--eps <x>'`;
  if (layout !== undefined && eps === undefined) return `option '--layout <name>' needs '--eps <x>'`;
  if (maxDrop !== undefined && groupBy === undefined)
    return `option '--max-drop <share>' needs '--group-by <col>'`;
  if (groupBy !== undefined && !dropsRows(options))
    return `option '--group-by <col>' needs '--eps <x>', '--drop-share <share>' or '--keep-rows <n>'`;
  if (show !== undefined && !report) return `option '--show <cols>' needs '--report'`;
  if (report && isRemote(output))
    return `option '--report' needs a local '--output'; nearduck report '${output}' --to report.html writes the page afterwards`;
  return undefined;
}

/** An error of a table function with the options of this command in place of SQL parameters. */
export const asOptions = (text: string): string =>
  text
    .replace(/\bagainst 'earlier'/g, '--against')
    .replace(
      /\b(on_invalid|backend|id|embedding|array_name) := '([^']*)'/g,
      (_, name: string, value: string) => {
        const option = `--${name.replace('_name', '').replace('_', '-')}`;
        return value === '…' ? option : `${option} ${value}`;
      },
    );
