import { fileURLToPath } from 'node:url';
import { openBackends } from '../../functions/context.ts';
import { SQL_DIRECTORY, type Session } from '../../session/session.ts';
import { box } from '../modes/box.ts';
import { metadataRelation } from './metadata.ts';
import type { DedupOptions } from './options.ts';
import type { StepTimer } from './stepTimer.ts';

const grouped = (value: unknown): string => Number(value).toLocaleString('en-US');
const percent = (part: unknown, whole: unknown): string =>
  `${((100 * Number(part)) / Math.max(1, Number(whole))).toFixed(1)} %`;

type Row = Record<string, unknown>;

async function one(session: Session, sql: string): Promise<Row> {
  return (await session.connection.runAndReadAll(sql)).getRowObjectsJS()[0];
}

/** What a run found and where it is, for people and batch logs. */
export async function summarize(
  session: Session,
  options: DedupOptions,
  target: string,
  timer: StepTimer,
  seconds: number,
): Promise<string> {
  const rows = await one(
    session,
    `SELECT count(*) AS scored, count(DISTINCT centroid) AS clusters FROM kmeans_results`,
  );
  const total = timer.done('read rows');
  const sizes = await one(
    session,
    `SELECT min(n) AS smallest, median(n)::BIGINT AS middle, max(n) AS largest FROM (SELECT count(*) AS n FROM kmeans_results GROUP BY centroid)`,
  );
  const [backend] = await openBackends(session.connection.settings);
  const lines: [string, string][] = [
    ['rows', `${grouped(total)}, ${grouped(total - Number(rows.scored))} invalid`],
    [
      'clusters',
      `${grouped(rows.clusters)}, of ${grouped(sizes.smallest)} to ${grouped(sizes.largest)} rows (median ${grouped(sizes.middle)})`,
    ],
  ];
  if (options.eps !== undefined) {
    const { n } = await one(session, 'SELECT count(*) AS n FROM duplicate_ids');
    lines.push(['duplicates', `${grouped(n)} (${percent(n, rows.scored)}) at eps ${options.eps}`]);
    if (options.metadata !== undefined) lines.push(['export', await exported(session)]);
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

async function exported(session: Session): Promise<string> {
  const { rows, kept, unknown } = await one(
    session,
    `SELECT (SELECT count(*) FROM metadata) AS rows, getvariable('rows_kept') AS kept, (SELECT count(*) FROM unknown_duplicates) AS unknown`,
  );
  const dropped = Number(rows) - Number(kept);
  return `${grouped(rows)} metadata rows in, ${grouped(dropped)} dropped, ${grouped(kept)} kept; ${grouped(unknown)} duplicate ids not in the metadata`;
}

function filesIn(options: DedupOptions): string {
  const folders = ['kmeans_results', 'pairwise_results'];
  if (options.eps !== undefined) folders.push('duplicates');
  if (options.eps !== undefined && options.metadata !== undefined) folders.push('deduplicated');
  return folders.map((folder) => `${folder}/`).join('  ');
}

/** The eps curve, and how to go on from here without computing anything again. */
async function inspection(session: Session, options: DedupOptions): Promise<string> {
  const result = await session.connection.runAndReadAll(`FROM eps_curve('pairwise_results')`);
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
No --eps given: nothing was marked as a duplicate yet. Rows that each eps would drop:

${table}
Look closer:  ${start}${script('explore_eps')}
Go on:        ${start}${script('5_identify')}${metadata}
`;
}

/** `text` as a shell takes it for one word. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
