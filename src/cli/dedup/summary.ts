import type { UsedBackend } from '../../functions/context.ts';
import { lastOverlap } from '../../functions/pairwise/fittedClusters.ts';
import { RUN_FILE } from '../../output/runFile.ts';
import { oneValue, firstRow } from '../../queryValues.ts';
import type { Session } from '../../session/session.ts';
import { REPORT_PAGE, REPORT_PAIRS } from '../report/writeReport.ts';
import { fieldText } from '../values/foldText.ts';
import { groupsText } from './guard.ts';
import { inspectionText } from './inspection.ts';
import { dropsRows, type DedupOptions } from './options.ts';
import type { StepTimer } from './stepTimer.ts';

const grouped = (value: number): string => value.toLocaleString('en-US');
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

/** The only row of a query whose columns have the names and types of `T`. */
const one = async <T>({ connection }: Session, sql: string): Promise<T> =>
  (await connection.runAndReadAll(sql)).getRowObjectsJS()[0] as T;

/** The findings of a run. */
export interface Findings {
  /** Rows of the input, and those that are invalid. */
  readonly rows: number;
  readonly invalid: number;
  /** Clusters, and their rows. */
  readonly clusters: {
    readonly count: number;
    readonly smallest: number;
    readonly median: number;
    readonly largest: number;
  };
  /** How rows near a border were compared. */
  readonly overlap?: {
    readonly distance: number;
    /** Clusters per row at most, 0 for no limit, and on average. */
    readonly limit: number;
    readonly memberships: number;
    /** Pairs compared, as a multiple of those without overlap. */
    readonly pairs: number;
  };
  /** The recall at the eps. */
  readonly recall?: FoundShare;
  /** The eps that rows are dropped at: the one given, or the one that a budget led to. */
  readonly eps?: number;
  readonly duplicates?: number;
  /** Earlier rows and, if rows are dropped, the rows that duplicate one of them. */
  readonly against?: { readonly rows: number; readonly duplicates?: number };
  /** The warnings of 5_health, if it was run. */
  readonly health?: { readonly warnings: readonly string[] };
  /** With metadata too. */
  readonly metadata?: {
    readonly rows: number;
    readonly dropped: number;
    readonly kept: number;
    readonly unknown: number;
  };
}

/** `total`: rows of the input; `earlierRows`: those of `--against`. */
export async function findingsOf(
  session: Session,
  options: DedupOptions,
  total: number,
  earlierRows?: number,
): Promise<Findings> {
  const { scored, ...clusters } = await one<{ scored: number } & Findings['clusters']>(
    session,
    `SELECT
      coalesce(sum(n), 0)::DOUBLE AS scored, count(*)::DOUBLE AS count, coalesce(min(n), 0)::DOUBLE AS smallest,
      coalesce(median(n)::BIGINT, 0)::DOUBLE AS median, coalesce(max(n), 0)::DOUBLE AS largest
     FROM (SELECT count(*) AS n FROM kmeans_results GROUP BY centroid)`,
  );
  const { connection } = session;
  const drops = dropsRows(options);
  const { overlap, memberships, pairs } = lastOverlap(connection.settings)!;
  const count = async (rows: string): Promise<number> =>
    Number(await oneValue(connection, `SELECT count(*) FROM ${rows}`));
  const ofEarlier = 'groups WHERE kept_in_against';
  const warnings = `SELECT coalesce(list(finding), []) AS warnings FROM health_findings WHERE status = 'warning'`;
  return {
    rows: total,
    invalid: total - scored,
    clusters,
    ...(overlap && {
      overlap: { distance: overlap.distance, limit: overlap.memberships, memberships, pairs },
    }),
    ...(earlierRows !== undefined && {
      against: { rows: earlierRows, ...(drops && { duplicates: await count(ofEarlier) }) },
    }),
    ...(drops && (await dropped(session, options))),
    ...((await oneValue(connection, `SELECT is_in_database('health_findings')`)) === true && {
      health: await one(session, warnings),
    }),
  };
}

async function dropped(
  session: Session,
  options: DedupOptions,
): Promise<Pick<Findings, 'eps' | 'recall' | 'duplicates' | 'metadata'>> {
  const found = await one<{ duplicates: number; eps: number }>(
    session,
    `SELECT count(*)::DOUBLE AS duplicates, getvariable('eps')::DOUBLE AS eps FROM duplicate_ids`,
  );
  const recall = await foundShare(session, options, found.eps);
  if (options.metadata === undefined) return { ...found, recall };
  const metadata = await one<Findings['metadata']>(
    session,
    `SELECT
      c.rows_in::DOUBLE AS rows, c.rows_dropped::DOUBLE AS dropped, c.rows_kept::DOUBLE AS kept,
      c.duplicates_not_in_metadata::DOUBLE AS unknown
     FROM (SELECT getvariable('export_counts') AS c)`,
  );
  return { ...found, recall, metadata };
}

/** The findings of a run and the location of its results, for people and batch logs. */
export async function summaryText(
  session: Session,
  options: DedupOptions,
  { findings, target, timer, seconds, backends }: Summarized,
): Promise<string> {
  const { rows, invalid, clusters, overlap, recall, eps, duplicates, against, metadata, health } = findings;
  const valid = rows - invalid;
  const lines: ([string, string] | false | undefined)[] = [
    ['rows', `${grouped(rows)}, ${grouped(invalid)} invalid`],
    against && ['against', `${grouped(against.rows)} earlier rows`],
    [
      'clusters',
      `${grouped(clusters.count)}, of ${grouped(clusters.smallest)} to ${grouped(clusters.largest)} ` +
        `rows (median ${grouped(clusters.median)})`,
    ],
    overlap && [
      'overlap',
      `${overlap.distance.toPrecision(3)}: ${overlap.memberships.toFixed(2)} clusters per row` +
        `${overlap.limit === 0 ? '' : ` (${overlap.limit} at most)`}, ${overlap.pairs.toFixed(1)} times the pairs`,
    ],
    recall && ['recall', shareText(recall)],
    duplicates !== undefined && [
      'duplicates',
      `${grouped(duplicates)} (${percent(duplicates, valid)}) at eps ${epsText(eps!)}${ruleText(options)}` +
        budgetText(options, valid - duplicates, valid) +
        againstText(against),
    ],
    metadata && [
      'export',
      `${grouped(metadata.rows)} metadata rows in, ${grouped(metadata.dropped)} dropped, ` +
        `${grouped(metadata.kept)} kept; ${grouped(metadata.unknown)} duplicate ids not in the metadata`,
    ],
    health && ['embeddings', warningsText(health.warnings)],
    ['files', `${target}/`],
    ['', filesIn(options, findings)],
    ['seconds', `${seconds.toFixed(1)}: ${timer.summary().replaceAll(/ ([\d.]+) s/g, '\u00A0$1\u00A0s')}`],
    ['backend', backends.map(({ name, device }) => `${name} (${device})`).join(', ') || 'none'],
  ];
  const text = lines.map((line) => (line ? `${fieldText(...line, 12)}\n` : '')).join('');
  if (!dropsRows(options)) return text + (await inspectionText(session, options));
  return options.groupBy === undefined ? text : text + (await groupsText(session, options));
}

/** The parts of a summary. */
interface Summarized {
  readonly findings: Findings;
  readonly target: string;
  readonly timer: StepTimer;
  readonly seconds: number;
  readonly backends: readonly UsedBackend[];
}

/** A budget leads to an eps of many digits; run.json has all of them. */
const epsText = (eps: number): string => String(Number(eps.toPrecision(6)));

/** The rule, if it is not the default. */
const ruleText = ({ rule = 'chain' }: DedupOptions): string => (rule === 'chain' ? '' : `, rule ${rule}`);

const warningsText = (warnings: readonly string[]): string =>
  warnings.length === 0 ? 'no warnings' : `${warnings.join(', ')}: see ${REPORT_PAGE}`;

const againstText = (against: Findings['against']): string =>
  against?.duplicates === undefined ? '' : `, ${grouped(against.duplicates)} of them of earlier rows`;

/** The line about the budget, from which the eps follows. */
function budgetText({ dropShare, keepRows }: DedupOptions, kept: number, rows: number): string {
  if (dropShare === undefined && keepRows === undefined) return '';
  const budget = dropShare === undefined ? `--keep-rows ${keepRows}` : `--drop-share ${dropShare}`;
  if (keepRows !== undefined && keepRows > rows)
    return `: only exact copies, since the input has only ${grouped(rows)} rows for ${budget}`;
  const isMet = dropShare === undefined ? kept >= keepRows! : (rows - kept) / rows <= dropShare;
  return isMet || rows === 0
    ? `, the largest for ${budget}`
    : `: exact copies, which are more than ${budget} allows`;
}

function filesIn(options: DedupOptions, { health }: Findings): string {
  const folders = ['kmeans_results', 'pairwise_results'];
  if (dropsRows(options)) folders.push('duplicates', 'groups');
  if (dropsRows(options) && options.metadata !== undefined) folders.push('deduplicated');
  if (options.layout !== undefined) folders.push('extraction');
  if (health) folders.push('health');
  const pages = options.report ? [REPORT_PAGE, REPORT_PAIRS] : [];
  return [...folders.map((folder) => `${folder}/`), ...pages, RUN_FILE].join(' ');
}

/** Which share of all duplicates a run found. */
type FoundShare =
  /** `exact`: all rows were compared with each other; `complete`: no pair within eps can be missed. */
  | { readonly certainty: 'exact' | 'complete' }
  | {
      readonly certainty: 'estimate';
      readonly recall: number;
      /** 95 % interval. */
      readonly low: number;
      readonly high: number;
      readonly rowsChecked: number;
    };

/** The eps that `--recall` aims at if none is given. */
const DEFAULT_EPS = 0.1;

/** The recall at `eps`. Runs `5_recall.sql`, unless the recall is certain. */
export async function foundShare(
  { connection }: Session,
  options: DedupOptions,
  eps: number,
): Promise<FoundShare> {
  const { certainty } = lastOverlap(connection.settings)!;
  const isPromised = certainty === 'exact' || eps <= (options.eps ?? DEFAULT_EPS);
  if (certainty !== 'none' && isPromised) return { certainty };
  const row = await firstRow(connection, 'SELECT recall, recall_low, recall_high, rows_checked FROM recall');
  const [recall, low, high, rowsChecked] = row.map(Number);
  return { certainty: 'estimate', recall, low, high, rowsChecked };
}

const CERTAIN = {
  exact: 'exact: all rows were compared with each other',
  complete: 'complete: no pair of rows within eps can be missed',
};

/** The line of the summary about the recall. */
function shareText(share: FoundShare): string {
  if (share.certainty !== 'estimate') return CERTAIN[share.certainty];
  const [recall, low, high] = [share.recall, share.low, share.high].map((value) => value.toFixed(3));
  return (
    `${recall} of all duplicates (95 %: ${low} to ${high}), from ` +
    `${share.rowsChecked.toLocaleString('en-US')} rows`
  );
}
