import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import type { Connection } from '../../connection/connection.ts';
import { reportPage } from '../../report/page.ts';
import type { ReportData } from '../../report/reportData.ts';
import { shownRows } from '../../report/shownRows.ts';
import { oneValue } from '../../queryValues.ts';
import { numberOrNull, setVariables, textOrNull } from '../../session/variables.ts';
import { sqlScript } from '../../sqlScripts.ts';
import { checkReportColumns } from './checkReportColumns.ts';
import { nextCommand } from './nextCommand.ts';
import type { ReportRequest } from './reportRequest.ts';

/** Limits for embedded media, in bytes: per file, and in total. */
const [FILE_BYTES, MEDIA_BYTES] = [200_000, 8_000_000];

/** The parts of a page's data that `sql/report.sql` computes. */
type ReadData = Omit<ReportData, 'title' | 'facts' | 'rule' | 'groupRule' | 'shown' | 'command'>;

/** The page as HTML. @throws NearduckError (Binder Error) for requested columns without metadata. */
export async function makeReport(connection: Connection, request: ReportRequest): Promise<string> {
  const { output, metadata, id, show, rule } = request;
  const groupBy = request.groupRelation === undefined ? request.groupBy : undefined;
  const relation = await checkReportColumns(connection, { metadata, id, show, groupBy });
  await setVariables(
    { connection },
    {
      output: textOrNull(output),
      eps: numberOrNull(request.eps),
      metadata: textOrNull(metadata),
      id: textOrNull(id),
      group_by: textOrNull(request.groupBy),
      group_relation: textOrNull(request.groupRelation),
      groups: textOrNull(request.groups),
    },
  );
  await connection.run(sqlScript('report'));
  const read = String(await oneValue(connection, `SELECT getvariable('report_data')`));
  const budget = { fileBytes: FILE_BYTES, bytes: MEDIA_BYTES, folder: request.folder };
  return reportPage({
    title: `Near-duplicates in ${inputOf(request)}`,
    facts: runFactLines(request.run),
    ...(JSON.parse(read) as ReadData),
    rule,
    groupRule: request.groups === undefined ? 'chain' : rule,
    shown:
      show && relation
        ? await shownRows(connection, { metadata: relation.from, id, columns: show }, budget)
        : {},
    command: nextCommand(request),
  });
}

/** Writes the pairs of the last page as a table, for people who judge them in SQL. */
export async function writePairs(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(
    `COPY (
      SELECT id, max_id, max_is_earlier AS max_in_against, score, weight, NULL::BOOLEAN AS same
      FROM report_pairs
    )
    TO ${quotedString(path)} (FORMAT parquet)`,
  );
}

const inputOf = ({ run, target }: ReportRequest): string =>
  String((run.parameters as Readonly<Record<string, unknown>> | undefined)?.input ?? target);

/** The facts of a run for a page: one line per fact of its `run.json`. */
function runFactLines(run: Readonly<Record<string, unknown>>): [string, string][] {
  const { id, finished, versions, parameters, input, backends, seconds, findings } = run;
  const files = Array.isArray(input) ? `${input.length} files, ${bytesOf(input)} bytes` : '';
  const facts: [string, unknown][] = [
    ['run', id],
    ['finished', finished],
    ['versions', versions],
    ['parameters', parameters],
    ['input', files],
    ['backends', backends],
    ['seconds', seconds],
    ['findings', findings],
  ];
  return facts
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => [name, textOf(value)]);
}

const bytesOf = (files: readonly { readonly bytes?: number }[]): string =>
  files.reduce((sum, { bytes = 0 }) => sum + bytes, 0).toLocaleString('en-US');

/** Objects as `name: value`, nested ones in brackets. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(
      ([name, part]) =>
        `${name}: ${typeof part === 'object' && part !== null ? `(${textOf(part)})` : String(part)}`,
    )
    .join(', ');
}
