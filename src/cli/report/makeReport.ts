import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderError } from '../../errors.ts';
import { reportPage } from '../../report/page.ts';
import { readReport } from '../../report/readReport.ts';
import type { ReportData } from '../../report/reportData.ts';
import { shownRows } from '../../report/shownRows.ts';
import { sqlScript } from '../../sqlScripts.ts';
import { shellWord } from '../shellWord.ts';
import { runFactLines } from './runFactLines.ts';

/** What a page is made of. */
export interface ReportRequest {
  /** The folder of the run, as people name it. */
  readonly target: string;
  /** Where its results are read from, unless they are in the database. */
  readonly output: string;
  /** The folder the page will be in: links are relative to it. */
  readonly folder: string;
  /** What `run.json` says. */
  readonly run: Readonly<Record<string, unknown>>;
  /** Default: one to look at first. */
  readonly eps?: number;
  /** The relation of the run's groups, where they are those of `eps`; default: the groups of the rule chain. */
  readonly groups?: string;
  /** As the scripts take it. */
  readonly metadata?: string;
  readonly id: string;
  /** Columns of the metadata to show. */
  readonly show?: readonly string[];
  readonly groupBy?: string;
}

/** What pictures and the like may add to a page: bytes per file, and in all. */
const [FILE_BYTES, MEDIA_BYTES] = [200_000, 8_000_000];

/** The page as HTML. @throws NearduckError (Binder Error) where columns are asked for and there is no metadata. */
export async function makeReport(connection: DuckDBConnection, request: ReportRequest): Promise<string> {
  const { output, metadata, id, show, groupBy } = request;
  for (const [option, value] of Object.entries({ '--show': show, '--group-by': groupBy })) {
    if (value !== undefined && metadata === undefined)
      throw binderError(`report: ${option} needs --metadata, and the run had none`);
  }
  const text = (value: string | undefined): string => (value === undefined ? 'NULL' : quotedString(value));
  await connection.run(`SET VARIABLE output = ${text(output)}`);
  const eps = request.eps ?? (await firstEps(connection));
  const variables = {
    eps: `${eps}::DOUBLE`,
    metadata: text(metadata),
    id: text(id),
    group_by: text(groupBy),
    groups: text(request.groups),
  };
  for (const [name, value] of Object.entries(variables))
    await connection.run(`SET VARIABLE ${name} = ${value}`);
  await connection.run(sqlScript('report'));
  const data: ReportData = {
    title: `Near-duplicates in ${inputOf(request)}`,
    facts: runFactLines(request.run),
    eps,
    ...(await readReport(connection)),
    shown: {},
    command: goOn(request),
  };
  if (show === undefined) return reportPage(data);
  const from = {
    metadata: String(await scalar(connection, `SELECT from_text(${text(metadata)})`)),
    id,
    columns: show,
  };
  const budget = { fileBytes: FILE_BYTES, bytes: MEDIA_BYTES, folder: request.folder };
  return reportPage({ ...data, shown: await shownRows(connection, from, idsOf(data), budget) });
}

async function scalar(connection: DuckDBConnection, sql: string): Promise<unknown> {
  return (await connection.runAndReadAll(sql)).getRowsJS()[0][0];
}

const firstEps = async (connection: DuckDBConnection): Promise<number> =>
  Number(
    await scalar(
      connection,
      `SELECT coalesce(max(eps), 0.01) FROM eps_candidates(source_of('pairwise_results', 'pairwise_results'))`,
    ),
  );

const inputOf = ({ run, target }: ReportRequest): string =>
  String((run.parameters as Readonly<Record<string, unknown>> | undefined)?.input ?? target);

/** Rows that the metadata may know: earlier ones are not in it. */
const idsOf = ({ pairs, groups, outliers }: ReportData): Set<string> =>
  new Set([
    ...pairs.flatMap(({ id, maxId, maxIsEarlier }) => (maxIsEarlier ? [id] : [id, maxId])),
    ...groups.flatMap(({ keptId, keptIsEarlier, members }) => [
      ...(keptIsEarlier ? [] : [keptId]),
      ...members.map(({ id }) => id),
    ]),
    ...outliers.map(({ id }) => id),
  ]);

/** The command that marks duplicates, and exports where there is metadata. */
function goOn({ target, id, metadata }: ReportRequest): string {
  const script = (name: string): string => ` -f nearduck:${name}`;
  const set = (name: string, value: string): string => ` -set ${shellWord(`${name}=${value}`)}`;
  const exported =
    metadata === undefined
      ? ''
      : `${id === 'id' ? '' : set('id', id)}${set('metadata', metadata)}${script('6_export')}`;
  return `nearduck${set('output', target)} -set eps={eps} -set overwrite=true${script('5_identify')}${exported}`;
}
