import { Command } from 'commander';
import { RULES, type Rule } from '../../algorithms/groups/groups.ts';
import { expandedGlob, expandedGlobText } from './expandedGlob.ts';
import { DEFAULT_PATIENCE } from '../../session/s3/patience.ts';
import { BACKENDS, type BackendChoice } from '../../kernels/backends.ts';
import { isRemote } from '../../paths.ts';
import { addOptions, MAX_THREADS, parseCommand, paths } from '../optionValues.ts';

/** A parsed `nearduck dedup`. `dedupCommand` describes each option. */
export interface DedupOptions {
  /** Paths, globs, folders or URLs, one or more. */
  readonly input: readonly string[];
  readonly table?: string;
  readonly array?: string;
  readonly output: string;
  readonly clusters?: number;
  readonly overlap?: number;
  readonly memberships?: number;
  readonly recall?: number;
  /** If this, `dropShare` and `keepRows` are undefined, the run stops after pairwise, for inspection. */
  readonly eps?: number;
  readonly dropShare?: number;
  readonly keepRows?: number;
  readonly groupBy?: string;
  readonly maxDrop?: number;
  readonly rule?: Rule;
  readonly keep: 'hard' | 'easy' | 'random';
  readonly rankBy?: string;
  readonly protect?: string;
  readonly against?: string;
  readonly id: string;
  readonly embedding: string;
  readonly metadata?: string;
  readonly backend?: BackendChoice;
  readonly seed: number;
  readonly memoryLimit?: string;
  readonly threads?: number;
  readonly s3Patience?: number;
  readonly httpfs?: string;
  readonly onInvalid: 'error' | 'skip';
  readonly withEmbeddings: boolean;
  readonly layout?: 'cosmos-curate';
  readonly report: boolean;
  readonly show?: readonly string[];
  readonly overwrite: boolean;
  readonly resume: boolean;
}

/** True when the run goes on to drop rows. */
export const dropsRows = ({ eps, dropShare, keepRows }: DedupOptions): boolean =>
  (eps ?? dropShare ?? keepRows) !== undefined;

/** A command with the options of dedup. */
export function dedupCommand(name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument(
      '<input...>',
      'Parquet, JSON Lines, Arrow or NumPy: files, globs, folders or s3://…; or a DuckDB file with --table',
      paths,
    );
  return addOptions(
    command,
    `
    --table <name> text: the table or view to read, if the input is a DuckDB file
    --array <name> text: the array to read, for .npz files with several arrays
    --output <dir> path := nearduck_output: folder to write; it appears complete or not at all
    --clusters <k> integer(1): number of k-means clusters; they do not overlap unless --overlap or --recall is
      given (default: one per 1,000 rows, a single one for up to 8,000 rows)
    --overlap <distance> distance: also compare a row in each other cluster whose border is at most this far away
    --memberships <m> integer(0): with --overlap: compare a row in at most this many clusters (default: 4; 0: no
      limit)
    --recall <r> share not with overlap, memberships: choose the overlap that finds this share of all duplicates;
      1 finds all (default: 0.99, if neither --clusters nor --overlap is given)
    --eps <x> share: a pair with cosine similarity >= 1 - x is a duplicate; without --eps, show the scores and
      drop nothing
    --drop-share <share> share not with eps, keepRows: in place of --eps: drop at most this share of the rows
    --keep-rows <n> integer(0) not with eps: in place of --eps: keep at least this many rows
    --group-by <col> text: show the share of rows dropped per value of this column of the metadata or the input
    --max-drop <share> share: with --group-by: if one value loses more than this share of its rows, write nothing
      and exit with code 3
    --rule <rule> in (${RULES.join(', ')}): chain: drop a row if any row ranked before it is within eps; covered:
      only if a kept row is; components: keep the first row of each connected component (default: chain)
    --keep <which> in (hard, easy, random) := hard: which row of a group to keep: the farthest from its centroid
      (hard), the nearest (easy), or a random one
    --rank-by <expr> text: keep the first row of each group in this SQL order, such as 'quality_score DESC';
      overrides --keep
    --protect <condition> text: never drop rows that meet an SQL condition, such as "source = 'own'"; they rank
      first
    --against <relation> path: also drop rows that duplicate an earlier row: earlier rows are files, as for INPUT,
      or a SELECT, with the same columns
    --id <col> text := id: id column
    --embedding <col> text := embedding: embedding column
    --metadata <relation> path: file, table or SELECT: --rank-by may use its columns, and a run that drops rows
      exports it without them
    --backend <name> in (${BACKENDS.join(', ')}): backend that computes (default: auto)
    --seed <n> integer(0) := 42: seed of every random choice
    --memory-limit <size>: memory to use, such as 4GB (default: DuckDB's, 80 % of the machine)
    --threads <n> integer(1, ${MAX_THREADS}): threads to use (default: one per core)
    --s3-patience <seconds> integer(0): keep retrying failed S3 requests for this long (default:
      ${DEFAULT_PATIENCE}; 0: half a second, as DuckDB does)
    --httpfs <where> path: for s3://: an httpfs.duckdb_extension file, or a mirror to install it from (default:
      the variable NEARDUCK_HTTPFS, or else DuckDB's host)
    --on-invalid <what> in (error, skip) := error: invalid embeddings: stop with an error, or skip these rows
    --with-embeddings: write kmeans_results in NeMo Curator's layout, with embeddings and metadata
    --layout <name> in (cosmos-curate): also write extraction/, the rows to drop in the layout of cosmos-curate
    --report: also write report.html, a page to choose eps and to compare pairs
    --show <cols> columns: with --report: columns of the metadata to show, such as title,path
    --overwrite: replace an existing output folder
    --resume: go on where a killed run with the same options stopped
  `,
  );
}

/** Parses the command line. Returns the exit code after printing help or an error. */
export function parseDedup(args: readonly string[]): DedupOptions | number {
  return parse(
    dedupCommand(
      'nearduck dedup',
      'Finds near-duplicates among embeddings. Writes the ids to drop and the scores of all rows.',
    ),
    args,
  );
}

/** Like `parseDedup`, for a command created by `dedupCommand`. */
export function parse(parser: Command, args: readonly string[]): DedupOptions | number {
  const parsed = parseCommand(parser, args);
  if (typeof parsed === 'number') return parsed;
  const input = parser.processedArgs[0] as string[];
  // Options that were not given are listed too, for run.json.
  const names = parser.options.map((option) => [option.attributeName(), undefined]);
  const options = { input, ...Object.fromEntries(names), ...parser.opts<Omit<DedupOptions, 'input'>>() };
  const wrong = combinationError(options);
  const expanded = expandedGlob(args, input);
  if (expanded)
    process.stderr.write(
      `${expanded.isCertain ? 'error' : parser.name().replace('nearduck ', '')}: ${expandedGlobText(expanded)}\n`,
    );
  if (wrong !== undefined) process.stderr.write(`error: ${wrong}\n`);
  return wrong !== undefined || expanded?.isCertain ? 1 : options;
}

/** Returns true when the rule by which rows are dropped needs all pairs within eps. */
export const needsAllPairs = ({ rule = 'chain' }: Pick<DedupOptions, 'rule'>): boolean => rule !== 'chain';

/** The error for options that are valid alone but contradict each other. */
function combinationError(options: DedupOptions): string | undefined {
  const { memberships, overlap, rule, eps, groupBy, maxDrop, layout, report, show, metadata, output } =
    options;
  if (memberships !== undefined && overlap === undefined)
    return `option '--memberships <m>' needs '--overlap <distance>'`;
  if (rule !== undefined && !dropsRows(options)) return `option '--rule <rule>' needs '--eps <x>'`;
  // A budget counts rows by the rule chain; the other rules need eps while rows are compared.
  if (needsAllPairs(options) && eps === undefined)
    return (
      `option '--rule ${rule}' needs '--eps <x>', known before rows are compared; a run with the budget ` +
      'alone prints the eps that it comes to'
    );
  if (layout !== undefined && !dropsRows(options))
    return `option '--layout <name>' needs '--eps <x>', '--drop-share <share>' or '--keep-rows <n>'`;
  if (maxDrop !== undefined && groupBy === undefined)
    return `option '--max-drop <share>' needs '--group-by <col>'`;
  if (groupBy !== undefined && !dropsRows(options))
    return `option '--group-by <col>' needs '--eps <x>', '--drop-share <share>' or '--keep-rows <n>'`;
  if (show !== undefined && !report) return `option '--show <cols>' needs '--report'`;
  if (show !== undefined && metadata === undefined)
    return `option '--show <cols>' needs '--metadata <relation>', which may be the input itself`;
  if (report && isRemote(output))
    return (
      `option '--report' needs a local '--output'; nearduck report '${output}' --to report.html writes ` +
      'the page afterwards'
    );
  return undefined;
}

/** Options for the parameters that an error names before what is wrong. */
const OPTIONS: Readonly<Record<string, string>> = {
  k: '--clusters',
  protect: '--protect',
  rank_by: '--rank-by',
};

/** An error of a table function with the options of this command in place of SQL parameters. */
export const asOptions = (text: string): string =>
  text
    .replace(/\bagainst 'earlier'/g, '--against')
    .replace(/(?<=: )(?:k|protect|rank_by)(?= (?:must |'))/g, (name) => OPTIONS[name])
    .replace(
      /\b(on_invalid|backend|id|embedding|array_name) := '([^']*)'/g,
      (_, name: string, value: string) => {
        const option = `--${name.replace('_name', '').replace('_', '-')}`;
        return value === '…' ? option : `${option} ${value}`;
      },
    );
