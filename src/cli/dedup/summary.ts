import { fileURLToPath } from 'node:url';
import { openBackends } from '../../functions/context.ts';
import { lastOverlap } from '../../functions/pairwise/chosenOverlap.ts';
import { RUN_FILE } from '../../output/runFile.ts';
import type { Session } from '../../session/session.ts';
import { SQL_DIRECTORY } from '../../sqlScripts.ts';
import { box } from '../modes/box.ts';
import { metadataRelation } from './metadata.ts';
import type { DedupOptions } from './options.ts';
import { foundShare, shareText, type FoundShare } from './recall.ts';
import type { StepTimer } from './stepTimer.ts';

const grouped = (value: number): string => value.toLocaleString('en-US');
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

type Row = Record<string, unknown>;

async function one(session: Session, sql: string): Promise<Row> {
  return (await session.connection.runAndReadAll(sql)).getRowObjectsJS()[0];
}

/** What a run found. */
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
  /** What of all duplicates was found at the eps. */
  readonly recall?: FoundShare;
  /** With an eps. */
  readonly duplicates?: number;
  /** With metadata too. */
  readonly metadata?: {
    readonly rows: number;
    readonly dropped: number;
    readonly kept: number;
    readonly unknown: number;
  };
}

/** `total`: rows of the input. */
export async function findingsOf(session: Session, options: DedupOptions, total: number): Promise<Findings> {
  const rows = await one(
    session,
    `SELECT count(*) AS scored, count(DISTINCT centroid) AS clusters FROM kmeans_results`,
  );
  const sizes = await one(
    session,
    `SELECT min(n) AS smallest, median(n)::BIGINT AS middle, max(n) AS largest FROM (SELECT count(*) AS n FROM kmeans_results GROUP BY centroid)`,
  );
  return {
    rows: total,
    invalid: total - Number(rows.scored),
    clusters: {
      count: Number(rows.clusters),
      smallest: Number(sizes.smallest),
      median: Number(sizes.middle),
      largest: Number(sizes.largest),
    },
    ...overlapFindings(session),
    ...(options.eps === undefined
      ? {}
      : { recall: await foundShare(session), ...(await dropped(session, options)) }),
  };
}

function overlapFindings(session: Session): Pick<Findings, 'overlap'> {
  const { overlap, memberships, pairs } = lastOverlap(session.connection.settings)!;
  if (!overlap) return {};
  return { overlap: { distance: overlap.distance, limit: overlap.memberships, memberships, pairs } };
}

async function dropped(
  session: Session,
  { metadata }: DedupOptions,
): Promise<Pick<Findings, 'duplicates' | 'metadata'>> {
  const { n } = await one(session, 'SELECT count(*) AS n FROM duplicate_ids');
  if (metadata === undefined) return { duplicates: Number(n) };
  const { counts } = await one(session, `SELECT getvariable('export_counts') AS counts`);
  const { rows_in, rows_dropped, rows_kept, duplicates_not_in_metadata } = counts as Row;
  return {
    duplicates: Number(n),
    metadata: {
      rows: Number(rows_in),
      dropped: Number(rows_dropped),
      kept: Number(rows_kept),
      unknown: Number(duplicates_not_in_metadata),
    },
  };
}

/** What a run found and where it is, for people and batch logs. */
export async function summaryText(
  session: Session,
  options: DedupOptions,
  {
    findings,
    target,
    timer,
    seconds,
  }: { findings: Findings; target: string; timer: StepTimer; seconds: number },
): Promise<string> {
  const { rows, invalid, clusters, overlap, recall, duplicates, metadata } = findings;
  const [backend] = await openBackends(session.connection.settings);
  const lines: [string, string][] = [
    ['rows', `${grouped(rows)}, ${grouped(invalid)} invalid`],
    [
      'clusters',
      `${grouped(clusters.count)}, of ${grouped(clusters.smallest)} to ${grouped(clusters.largest)} rows (median ${grouped(clusters.median)})`,
    ],
  ];
  if (overlap) {
    const limit = overlap.limit === 0 ? '' : ` (${overlap.limit} at most)`;
    lines.push([
      'overlap',
      `${overlap.distance.toPrecision(3)}: ${overlap.memberships.toFixed(2)} clusters per row${limit}, ${overlap.pairs.toFixed(1)} times the pairs of rows`,
    ]);
  }
  if (recall) lines.push(['recall', shareText(recall)]);
  if (duplicates !== undefined)
    lines.push([
      'duplicates',
      `${grouped(duplicates)} (${percent(duplicates, rows - invalid)}) at eps ${options.eps}`,
    ]);
  if (metadata) {
    lines.push([
      'export',
      `${grouped(metadata.rows)} metadata rows in, ${grouped(metadata.dropped)} dropped, ${grouped(metadata.kept)} kept; ` +
        `${grouped(metadata.unknown)} duplicate ids not in the metadata`,
    ]);
  }
  lines.push(
    ['files', `${target}/`],
    ['', filesIn(options)],
    ['seconds', `${seconds.toFixed(1)}: ${timer.summary()}`],
    ['backend', backend ? `${backend.kernels.name} (${backend.kernels.device})` : 'none'],
  );
  const text = lines.map(([name, value]) => `${name.padEnd(12)}${value}\n`).join('');
  return options.eps === undefined ? text + (await inspection(session, options)) : text;
}

function filesIn(options: DedupOptions): string {
  const folders = ['kmeans_results', 'pairwise_results'];
  if (options.eps !== undefined) folders.push('duplicates');
  if (options.eps !== undefined && options.metadata !== undefined) folders.push('deduplicated');
  return [...folders.map((folder) => `${folder}/`), RUN_FILE].join('  ');
}

/** The eps curve, and how to go on from here without computing anything again. */
async function inspection(session: Session, options: DedupOptions): Promise<string> {
  const result = await session.connection.runAndReadAll(
    `FROM eps_curve('pairwise_results') JOIN (SELECT eps, round(recall, 4) AS recall, round(recall_low, 4) AS recall_low, round(recall_high, 4) AS recall_high FROM recall) USING (eps) ORDER BY eps`,
  );
  const renderer = box(
    { names: result.columnNames(), types: result.columnTypes() },
    { headers: true, nullValue: 'NULL', maxRows: 100, maxWidth: 0, table: '', timeZone: 'UTC' },
  );
  const rows = result.getRows();
  const table =
    renderer.begin() + renderer.rows({ rowCount: rows.length, getRows: () => rows }) + renderer.end();
  const script = (name: string): string =>
    ` -f ${shellWord(fileURLToPath(new URL(`${name}.sql`, SQL_DIRECTORY)))}`;
  const set = (name: string, value: string): string => ` -set ${shellWord(`${name}=${value}`)}`;
  const start = `nearduck${set('output', options.output)}${set('eps', '0.01')}`;
  const id = options.id === 'id' ? '' : set('id', options.id);
  const metadata =
    options.metadata === undefined
      ? ''
      : `${id}${set('metadata', metadataRelation(options.metadata))}${script('6_export')}`;
  return `
No --eps given: nothing was marked as a duplicate yet. Rows that each eps would drop, and which share of all
duplicates these probably are (95 % interval):

${table}
Look closer:  ${start}${script('explore_eps')}
Go on:        ${start}${script('5_identify')}${metadata}
`;
}

/** `text` as a shell takes it for one word. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
