import { listValue, type DuckDBConnection } from '@duckdb/node-api';
import { mediaOf, type MediaBudget } from './media.ts';
import type { Shown } from './reportData.ts';

/** Maximum characters of a displayed text. */
const TEXT_LENGTH = 300;

/**
 * Reads the displayed columns of rows from the metadata, by id as text. Files that the texts name are
 * embedded within `budget`, in the order of `ids`, and linked otherwise.
 */
export async function shownRows(
  connection: DuckDBConnection,
  { metadata, id, columns }: { metadata: string; id: string; columns: readonly string[] },
  ids: ReadonlySet<string>,
  budget: MediaBudget,
): Promise<Record<string, Shown[]>> {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const list = columns.map((column) => `metadata.${quoted(column)}::VARCHAR`).join(', ');
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE report_ids AS SELECT unnest($1::VARCHAR[]) AS id, ' +
      'generate_subscripts($1::VARCHAR[], 1) AS position',
    [listValue([...ids])],
  );
  const result = await connection.runAndReadAll(
    `SELECT report_ids.id, [${list}] AS texts FROM ${metadata} AS metadata JOIN report_ids ON ` +
      `metadata.${quoted(id)}::VARCHAR = report_ids.id ORDER BY position`,
  );
  // Without a prototype, because an id may be __proto__.
  const shown = Object.create(null) as Record<string, Shown[]>;
  for (const row of result.getRowObjectsJS() as { id: string; texts: (string | null)[] }[]) {
    shown[row.id] = row.texts.map((text, i) => ({
      column: columns[i],
      text: text === null ? 'NULL' : shortened(text),
      ...(text === null ? {} : { media: mediaOf(text, budget) }),
    }));
  }
  return shown;
}

const shortened = (text: string): string =>
  text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH)}…`;
