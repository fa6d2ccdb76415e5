import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportFinding, Group, ReportData, Shares } from './reportData.ts';

type Row = Readonly<Record<string, unknown>>;

/** Reads the tables that `sql/report.sql` creates, without the metadata of single rows. */
export async function readReport(
  connection: DuckDBConnection,
): Promise<
  Pick<
    ReportData,
    'rows' | 'eps' | 'steps' | 'recall' | 'pairs' | 'groups' | 'clusters' | 'outliers' | 'shares' | 'health'
  >
> {
  const rowsOf = async (sql: string): Promise<Row[]> =>
    (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[];
  const steps = await rowsOf('FROM report_steps ORDER BY eps');
  const [{ eps }] = await rowsOf(`SELECT getvariable('eps') AS eps`);
  const [{ rows }] = await rowsOf('SELECT count(*) AS rows FROM report_scored');
  return {
    rows: Number(rows),
    eps: Number(eps),
    steps: { eps: steps.map(({ eps }) => Number(eps)), dropped: steps.map(({ dropped }) => Number(dropped)) },
    recall: (await rowsOf('FROM report_recall')).map(({ eps, recall, low, high }) => ({
      eps: Number(eps),
      recall: Number(recall),
      low: Number(low),
      high: Number(high),
    })),
    pairs: (
      await rowsOf(
        'SELECT id::VARCHAR AS id, max_id::VARCHAR AS max_id, max_is_earlier, score, weight FROM ' +
          'report_pairs',
      )
    ).map(({ id, max_id, max_is_earlier, score, weight }) => ({
      id: String(id),
      maxId: String(max_id),
      maxIsEarlier: max_is_earlier === true,
      score: Number(score),
      weight: Number(weight),
    })),
    groups: groupsOf(
      await rowsOf(
        'SELECT kept_id::VARCHAR AS kept_id, kept_is_earlier, id::VARCHAR AS id, score, size FROM ' +
          'report_members',
      ),
    ),
    clusters: (await rowsOf('FROM report_clusters')).map((row) => ({
      rows: Number(row.rows),
      clusters: Number(row.clusters),
    })),
    outliers: (await rowsOf('SELECT id::VARCHAR AS id, centroid, distance FROM report_outliers')).map(
      (row) => ({
        id: String(row.id),
        centroid: Number(row.centroid),
        distance: Number(row.distance),
      }),
    ),
    shares: await sharesOf(rowsOf),
    health: (await rowsOf('FROM report_health')) as unknown as ReportFinding[],
  };
}

/** The rows of a group are consecutive. */
function groupsOf(rows: readonly Row[]): Group[] {
  const groups: (Group & { members: { id: string; score?: number }[] })[] = [];
  for (const { kept_id, kept_is_earlier, id, score, size } of rows) {
    const keptIsEarlier = kept_is_earlier === true;
    if (groups.at(-1)?.keptId !== kept_id || groups.at(-1)?.keptIsEarlier !== keptIsEarlier)
      groups.push({ keptId: String(kept_id), keptIsEarlier, size: Number(size), members: [] });
    groups.at(-1)!.members.push({ id: String(id), score: score === null ? undefined : Number(score) });
  }
  return groups;
}

async function sharesOf(rowsOf: (sql: string) => Promise<Row[]>): Promise<Shares | undefined> {
  const rows = await rowsOf(
    'SELECT value, rows, list(eps ORDER BY eps) AS eps, list(dropped ORDER BY eps) AS dropped FROM ' +
      'report_shares GROUP BY value, rows ORDER BY rows DESC, value',
  );
  if (rows.length === 0) return undefined;
  const [{ column }] = await rowsOf(`SELECT getvariable('group_by') AS column`);
  return {
    column: String(column),
    eps: (rows[0].eps as number[]).map(Number),
    values: rows.map(({ value, rows, dropped }) => ({
      value: value === null ? null : String(value),
      rows: Number(rows),
      dropped: (dropped as unknown[]).map(Number),
    })),
  };
}
