import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReportData, Shares } from './reportData.ts';

type Read = Pick<
  ReportData,
  'rows' | 'eps' | 'steps' | 'recall' | 'pairs' | 'groups' | 'clusters' | 'outliers' | 'shares' | 'health'
>;

/**
 * Reads the tables that `sql/report.sql` creates, without the metadata of single rows. The queries return the
 * names and types of `ReportData`.
 */
export async function readReport(connection: DuckDBConnection): Promise<Read> {
  const rowsOf = async <K extends keyof Read>(sql: string): Promise<Read[K]> =>
    (await connection.runAndReadAll(sql)).getRowObjectsJS() as unknown as Read[K];
  const [one] = (
    await connection.runAndReadAll(`
      SELECT count(*)::DOUBLE AS rows, getvariable('eps')::DOUBLE AS eps, getvariable('group_by') AS column
      FROM report_scored`)
  ).getRowObjectsJS() as unknown as readonly (Pick<Read, 'rows' | 'eps'> & Pick<Shares, 'column'>)[];
  const steps = await connection.runAndReadAll(
    'SELECT COLUMNS(*)::DOUBLE FROM (SELECT eps, dropped FROM report_steps ORDER BY eps)',
  );
  const shares = await connection.runAndReadAll(`
    SELECT value, rows::DOUBLE AS rows, list(eps ORDER BY eps) AS eps, list(dropped::DOUBLE ORDER BY eps) AS dropped
    FROM report_shares
    GROUP BY ALL
    ORDER BY rows DESC, value`);
  const values = shares.getRowObjectsJS() as unknown as (Shares['values'][number] & Pick<Shares, 'eps'>)[];
  return {
    rows: one.rows,
    eps: one.eps,
    steps: steps.getColumnsObjectJS() as unknown as Read['steps'],
    recall: await rowsOf<'recall'>('SELECT COLUMNS(*)::DOUBLE FROM report_recall'),
    pairs: await rowsOf<'pairs'>(`
      SELECT
        id::VARCHAR AS id, max_id::VARCHAR AS "maxId", max_is_earlier AS "maxIsEarlier",
        score::DOUBLE AS score, weight::DOUBLE AS weight
      FROM report_pairs`),
    groups: await rowsOf<'groups'>(`
      SELECT
        kept_id::VARCHAR AS "keptId", kept_is_earlier AS "keptIsEarlier", size::DOUBLE AS size,
        list({'id': id::VARCHAR, 'score': score::DOUBLE} ORDER BY score, id) AS members
      FROM report_members
      GROUP BY kept_id, kept_is_earlier, report_members.size
      ORDER BY report_members.size DESC, kept_id, kept_is_earlier`),
    clusters: await rowsOf<'clusters'>('SELECT COLUMNS(*)::DOUBLE FROM report_clusters'),
    outliers: await rowsOf<'outliers'>(
      'SELECT id::VARCHAR AS id, centroid::DOUBLE AS centroid, distance::DOUBLE AS distance FROM report_outliers',
    ),
    shares:
      values.length > 0
        ? {
            column: one.column,
            eps: values[0].eps,
            values: values.map(({ value, rows, dropped }) => ({ value, rows, dropped })),
          }
        : undefined,
    health: await rowsOf<'health'>('FROM report_health'),
  };
}
